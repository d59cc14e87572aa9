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
