// jose: verifies with the remote key set, before, through and after a rotation.
import { execFileSync } from 'node:child_process'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { assert, fixture, ok } from './fixture.mjs'

const { reports, issuer, project, jeton, data_dir: dataDir } = fixture
const basic = Buffer.from(`${reports.clientId}:${reports.clientSecret}`).toString('base64')
async function token() {
  const answer = await fetch(`${issuer}/oauth/v2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'openid profile' }),
  })
  return (await answer.json()).access_token
}
const cli = (...args) => execFileSync(jeton, [...args, '--data-dir', dataDir, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
// Like a long-running service that fetches the set on demand, at most twice a minute.
const keys = createRemoteJWKSet(new URL(`${issuer}/oauth/v2/keys`))
const verify = async (text) => (await jwtVerify(text, keys, { issuer, audience: project, typ: 'JWT' })).protectedHeader

cli('user', 'update', 'reports', '--jwt-type', 'jwt')
const before = await token()
const first = await verify(before)
ok(`verified with ${first.alg}`)
cli('signing-key', 'rotate', '--now')
const after = await token()
const second = await verify(after)
assert(second.kid !== first.kid, 'the key did not change')
await verify(before)
ok('the published next key verifies without another fetch, and the retired one still does')
await fetch(`${issuer}/oauth/v2/keys`).then(async (answer) => {
  const kids = (await answer.json()).keys.map((key) => key.kid)
  assert(kids.includes(first.kid) && kids.includes(second.kid), kids.join())
})
for (const algorithm of ['ES256', 'EdDSA', 'PS384', 'ES512', 'RS512', 'ES384', 'RS256']) {
  cli('signing-key', 'rotate', '--now', '--algorithm', algorithm)
  const fresh = createRemoteJWKSet(new URL(`${issuer}/oauth/v2/keys`))
  const { protectedHeader } = await jwtVerify(await token(), fresh, { issuer, audience: project })
  assert(protectedHeader.alg === algorithm, protectedHeader.alg)
}
ok('every algorithm verifies')
cli('user', 'update', 'reports', '--jwt-type', 'at+jwt')
const now = createRemoteJWKSet(new URL(`${issuer}/oauth/v2/keys`))
assert((await jwtVerify(await token(), now, { issuer, audience: project, typ: 'at+jwt' })).payload.sub, 'no subject')
ok('the typ is the one that the user is set to')
