// A real identity provider for the tests: oidc-provider, certified for OpenID Connect.
// Its own are the keys and people it is started with, and a form that signs in without a password.
// It says its issuer on standard output and ends with its standard input.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';

const { jwks, people, clients, port } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  jwks,
  clients,
  claims: { openid: ['sub', 'amr'], profile: ['name', 'groups', 'employee'], auth_time: null },
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  cookies: { keys: ['only for a test'] },
  pkce: { required: () => true },
  findAccount: (_context, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
  async loadExistingGrant(context) {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope('openid profile');
    await grant.save();
    return grant;
  },
});
// The address people come back to holds a number that is made after the client.
provider.Client.prototype.redirectUriAllowed = (address) => address.endsWith('/answer/');

const answer = provider.callback();
createServer(async (request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response);
  if (request.method === 'GET') {
    return response.setHeader('Content-Type', 'text/html').end('<form method="post"><input name="person">'
      + '<button>Sign in</button><button name="cancel" value="1">Cancel</button></form>');
  }
  const form = new URLSearchParams(await text(request));
  if (form.has('cancel')) {
    return provider.interactionFinished(request, response, { error: 'access_denied' });
  }
  return provider.interactionFinished(request, response, {
    login: { accountId: form.get('person'), amr: form.getAll('amr') },
  });
}).listen(port, '127.0.0.1', () => console.log(issuer));
process.stdin.on('end', () => process.exit(0)).resume();
