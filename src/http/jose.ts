/** What is used of the package, so that a bundle for Workers leaves the rest out: it is imported when a JWT is configured. */
export { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from 'jose';
