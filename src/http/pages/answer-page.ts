/** An answer that is a page: its security headers, its validator, and that it differs by language and saved choices. */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { madeOf } from '../answer.ts';
import type { Bodies } from '../bodies.ts';

/** Nothing is loaded from elsewhere, nothing within the page runs or styles it, and nobody else's page frames it. */
export const SECURITY_HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'SAMEORIGIN',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/**
 * @param content tells everything apart that the page is made from: while it is the same, the page is made once
 * @param html loads what is not loaded yet, and makes the page
 */
export async function answerPage(
  c: Context,
  bodies: Bodies,
  content: unknown,
  html: () => string | Promise<string>,
): Promise<Response> {
  const id = createHash('sha256').update(JSON.stringify(content)).digest('base64url');
  const name = `page:${id}`;
  const text = bodies.has(name) ? '' : await html();
  const body = await bodies.get(name, bodies.encodingFor(c), () => text);
  c.header('Vary', 'Accept-Encoding, Accept-Language, Cookie', { append: true });
  const headers = { ...SECURITY_HEADERS, 'Cache-Control': 'private, no-cache' };
  const made = madeOf(body, 'text/html; charset=UTF-8', headers, c.req.header('If-None-Match'));
  return c.newResponse(made.body ?? null, made.status, made.headers);
}
