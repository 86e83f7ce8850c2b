// The server's test data, and a function that reports successful steps.
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

export const fixture = JSON.parse(readFileSync(process.env.JETON_INTEROP, 'utf8'))
export const issuer = new URL(fixture.issuer)
export const ok = (what) => console.log(`ok ${what}`)

export function assert(condition, what) {
  if (!condition) throw new Error(what)
}

// A key file's private key for WebCrypto.
export function webCryptoKey(file) {
  const der = createPrivateKey(file.key).export({ type: 'pkcs8', format: 'der' })
  return crypto.subtle.importKey('pkcs8', der, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['sign'])
}
