// Bundles what browsers load (src/dashboard) into a folder: `widgets.js` and `page.js` keep their names and are validated at each
// use; everything that they import has a hash in its name and is kept for ever. manifest.json names what a page begins with.
import { rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { build } from 'esbuild';

/** What never changes under its name lies in here. */
const HASHED = 'assets';

/** A stylesheet that a script imports is a text, with everything that it imports itself. */
const stylesAsText = {
  name: 'styles-as-text',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles } = await build({ entryPoints: [path], bundle: true, minify: true, write: false });
      return { contents: outputFiles[0].text, loader: 'text' };
    });
  },
};

/** What editors read about the widgets, out of their declarations. */
async function describeWidgets(outdir) {
  const { outputFiles } = await build({
    entryPoints: ['src/dashboard/describe.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    plugins: [stylesAsText],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
  });
  const text = Buffer.from(outputFiles[0].contents).toString('base64');
  const { manifest, types } = await import(`data:text/javascript;base64,${text}`);
  await writeFile(join(outdir, 'custom-elements.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  await writeFile(join(outdir, 'widgets.d.ts'), types());
}

/** @param outdir where to @returns what esbuild has read for it, as metafiles */
export async function buildAssets(outdir) {
  await rm(outdir, { recursive: true, force: true });
  const common = {
    outdir,
    bundle: true,
    minify: true,
    target: 'es2022',
    logLevel: 'warning',
    metafile: true,
  };
  const scripts = await build({
    ...common,
    entryPoints: { widgets: 'src/dashboard/widgets.ts', page: 'src/dashboard/page/client.ts' },
    format: 'esm',
    splitting: true,
    chunkNames: `${HASHED}/[name]-[hash]`,
    plugins: [stylesAsText],
    jsx: 'automatic',
    jsxImportSource: 'preact',
  });
  const styles = await build({
    ...common,
    entryPoints: ['src/dashboard/styles/page.css', 'src/dashboard/styles/widgets.css'],
    entryNames: `${HASHED}/[name]-[hash]`,
    assetNames: `${HASHED}/[name]-[hash]`,
    loader: { '.woff2': 'file' },
  });
  // esbuild names outputs from the current folder, wherever they lie.
  const address = (path) => `/${relative(outdir, path).replaceAll('\\', '/')}`;
  const outputs = (result) => Object.entries(result.metafile.outputs);
  const style = (name) =>
    address(
      outputs(styles).find(([path]) => basename(path).startsWith(`${name}-`) && path.endsWith('.css'))[0],
    );
  const font = (name) => address(outputs(styles).find(([path]) => path.includes(name))[0]);
  const [pagePath, page] = outputs(scripts).find(([, { entryPoint }]) => entryPoint?.endsWith('client.ts'));
  const imported = page.imports
    .filter(({ kind }) => kind === 'import-statement')
    .map(({ path }) => address(path));
  await writeFile(
    join(outdir, 'manifest.json'),
    JSON.stringify({
      pageCss: style('page'),
      widgetsCss: style('widgets'),
      pageScript: address(pagePath),
      preload: imported,
      fonts: { thai: font('thai-thai'), latin: font('thai-latin') },
      map: address(
        outputs(scripts).find(([, { entryPoint }]) => entryPoint?.endsWith('province-map.tsx'))[0],
      ),
    }),
  );
  await describeWidgets(outdir);
  return [scripts.metafile, styles.metafile];
}
