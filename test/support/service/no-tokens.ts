import { type JWTPayload, SignJWT } from 'jose';

/** The settings of access, none of them set. */
export const NO_TOKENS = {
  EVENTS_TOKEN: undefined,
  METRICS_TOKEN: undefined,
  JWT_SECRET: undefined,
  JWKS_URL: undefined,
  JWT_ISSUER: undefined,
  JWT_AUDIENCE: undefined,
};
/** Long enough for HS256. */
export const JWT_SECRET = 'a-secret-of-the-tests-with-32-bytes!';

export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** A token that ends in ten minutes, unless `claims` say another time. */
export const signJwt = (claims: JWTPayload, secret = JWT_SECRET) =>
  new SignJWT({ exp: inSeconds(600), ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));
