import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Stands for an object that each invocation has of its own, so that what closes over it (the app with its routes and
 * schemas, which takes milliseconds to make) is made once for each isolate.
 */
export class PerInvocation<Values extends object> {
  readonly #storage = new AsyncLocalStorage<Values>();

  run<T>(values: Values, work: () => T): T {
    return this.#storage.run(values, work);
  }

  /** Whichever object is the invocation's own; reading a member outside of `run` throws. */
  get<Name extends keyof Values>(name: Name): Values[Name] {
    const storage = this.#storage;
    const own = () => {
      const values = storage.getStore();
      if (!values) throw new Error(`There is no ${String(name)} outside of an invocation.`);
      return values[name] as object;
    };
    return new Proxy({} as Values[Name] & object, {
      get(_, member) {
        const target = own();
        const value = Reflect.get(target, member, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}
