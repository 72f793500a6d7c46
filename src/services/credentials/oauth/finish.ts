import type { OAuthPlatform } from '../../../connectors/ads/oauth.ts';
import type { Context } from '../../../context.ts';
import { asSystem } from '../../../context.ts';
import { badInput, notFound } from '../../../errors.ts';
import { audited } from '../../audit/record.ts';
import { refuseSpending } from '../spending.ts';
import { callbackUrl, openPlatform } from './platform.ts';
import type { BegunConnecting } from './state.ts';
import { redeemState } from './state.ts';
import { storeConnected } from './store.ts';

/** What a browser comes back with. */
export interface Callback {
  /** The word in the address, `meta`. */
  word: string;
  params: URLSearchParams;
}

/** What was connected, for people. */
export interface Connected {
  /** `Facebook` */
  label: string;
  clientName: string;
}

/**
 * Ends the connecting that `startOAuth` began: exchanges the code, checks the token, stores it as the client's own.
 * Whoever holds the state may do it, so it acts in the name of who began it. Throws NOT_FOUND for a platform that does
 * not exist, BAD_USER_INPUT for every refusal, ConnectorError when the platform does not answer as it should.
 */
export async function finishOAuth(ctx: Context, { word, params }: Callback): Promise<Connected> {
  const platform = [...ctx.oauthPlatforms.values()].find(({ key }) => key.toLowerCase() === word);
  if (!platform) throw notFound('platform');
  const system = asSystem(ctx, 'oauth');
  const begun = await redeemState(system, { platform: platform.key, state: params.get('state') });
  const { clientId, requestedBy } = begun;
  return audited(
    asSystem(ctx, `oauth begun by ${requestedBy}`),
    { action: 'finishOAuth', subject: () => ({ clientId, target: `Client:${clientId}` }) },
    () => connect(system, platform, { begun, params }),
  );
}

async function connect(
  ctx: Context,
  { key, label }: OAuthPlatform,
  { begun, params }: { begun: BegunConnecting; params: URLSearchParams },
): Promise<Connected> {
  refuseError(label, params.get('error'));
  const { provider } = openPlatform(ctx, key);
  const { verifier, clientId } = begun;
  const redirectUri = callbackUrl(ctx, key);
  const { token, expiresAt } = await provider.exchange({ params, redirectUri, verifier });
  const check = await provider.checkCredential({ token });
  if (!check.valid)
    throw badInput(`${label} was not connected. ${check.reason ?? 'The token it gave is not valid.'}`);
  refuseSpending(ctx, check);
  const found = { token, scopes: check.scopes, expiresAt: check.expiresAt ?? expiresAt };
  const { clientName } = await storeConnected(ctx, { clientId, platform: key, ...found });
  return { label, clientName };
}

/** RFC 6749, 4.1.2.1. What else the platform sent along is not repeated: anybody can write it. */
function refuseError(label: string, error: string | null): void {
  if (error === null) return;
  throw badInput(
    error === 'access_denied'
      ? `${label} was not connected: the permission was not given.`
      : `${label} was not connected: it answered with an error. Begin again.`,
  );
}
