import type { FaultBook } from '../faults/faults.ts';
import { localMoment } from '../world/days.ts';
import type { World } from '../world/world.ts';
import { adSetStatus, adStatus, campaignStatus } from '../world/status.ts';
import type { Account } from '../world/structure.ts';
import { answerBatch } from './batch.ts';
import { AD_SETS, ADS, CAMPAIGNS, listEdge } from './edges.ts';
import {
  deprecatedVersion,
  errorJson,
  GraphError,
  invalidParameter,
  timedOut,
  unknownObject,
  unknownPath,
} from './errors.ts';
import { readFields, showObject } from './fields.ts';
import { createInsights } from './insights.ts';
import type { JsonObject } from './json.ts';
import { ACCOUNT_FIELDS, AD_FIELDS, AD_SET_FIELDS, CAMPAIGN_FIELDS } from './objects.ts';
import { listJson, pageOf } from './paging.ts';
import { isPoisonous } from './poison.ts';
import { readQuery, type Scope } from './query.ts';
import { createReports, requireDone, type Report } from './reports.ts';
import type { OAuthDesk } from './oauth.ts';
import type { GraphReply, GraphRequest } from './request.ts';
import type { TokenBook } from './tokens.ts';
import { describeToken, permissions, requireIdentity, requireToken } from './tokens.ts';

const OLDEST_VERSION = 24;
const NEWEST_VERSION = 26;

export interface GraphApi {
  /** Answers a call; never throws for what a caller sent. */
  answer(request: GraphRequest): GraphReply;
  /** The account a path is about; null when it is about none. */
  accountOf(path: string): string | null;
}

/** The Marketing part of the Graph API over a world, with the tokens of its dialog. */
export function createGraphApi(world: World, oauth: OAuthDesk, faults: Pick<FaultBook, 'poisons'>): GraphApi {
  const desk = {
    world,
    oauth,
    faults,
    tokens: oauth.book,
    insights: createInsights(),
    reports: createReports(),
  };
  const answer = (request: GraphRequest): GraphReply => {
    try {
      return route(desk, request, answer);
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      return { status: error.status, headers: {}, json: errorJson(error.body) };
    }
  };
  return { answer, accountOf: (path) => accountOf(desk, path) };
}

interface Desk {
  world: World;
  oauth: OAuthDesk;
  tokens: TokenBook;
  faults: Pick<FaultBook, 'poisons'>;
  insights: ReturnType<typeof createInsights>;
  reports: ReturnType<typeof createReports>;
}

const ok = (json: JsonObject): GraphReply => ({ status: 200, headers: {}, json });

/** The parts of a path behind its version. */
function partsOf(path: string): { version: number | null; parts: string[] } {
  const parts = path.split('/').filter((part) => part !== '');
  const version = /^v(\d+)\.\d+$/.exec(parts[0] ?? '')?.[1];
  return version === undefined
    ? { version: null, parts }
    : { version: Number(version), parts: parts.slice(1) };
}

function accountOf({ world, reports }: Desk, path: string): string | null {
  const [first = ''] = partsOf(path).parts;
  if (world.accounts.has(first)) return first;
  return (world.find(first)?.account ?? reports.find(first)?.scope.account)?.externalId ?? null;
}

function route(desk: Desk, request: GraphRequest, answer: GraphApi['answer']): GraphReply {
  const { version, parts } = partsOf(request.path);
  if (parts.length === 0 && request.method === 'POST') return answerBatch(request, answer);
  if (parts[0] === 'debug_token' && parts.length === 1) return debugToken(desk, request);
  if (parts.join('/') === 'oauth/access_token') return ok(desk.oauth.exchange(request.params, request.at));
  if (version !== null && version > NEWEST_VERSION) throw unknownPath(`/v${version}.0`);
  if (version === null || version < OLDEST_VERSION) throw deprecatedVersion(`v${NEWEST_VERSION}.0`);
  if (parts[0] === 'me') return answerMe(desk, request, parts);
  requireToken(request.token, desk.tokens, request.at);
  const [id = '', edge = '', ...rest] = parts;
  if (rest.length > 0 || id === '') throw unknownPath(`/${parts.join('/')}`);
  if (id.startsWith('act_')) return answerAccount(desk, request, { id, edge });
  if (!/^\d+$/.test(id)) throw unknownPath(`/${parts.join('/')}`);
  const report = desk.reports.find(id);
  return report === undefined
    ? answerObject(desk, request, { id, edge })
    : answerReport(desk, request, { report, edge });
}

function debugToken({ tokens }: Desk, request: GraphRequest): GraphReply {
  const asker = request.token;
  // An app names itself as `<app id>|<secret>`; a person's own token will do as well.
  if (asker === null || !asker.includes('|')) requireIdentity(asker, tokens, request.at);
  const input = request.params.get('input_token');
  if (input === null || input === '') throw invalidParameter('The parameter input_token is required');
  return ok({ data: describeToken(input, tokens, request.at) });
}

function answerMe({ world, tokens }: Desk, request: GraphRequest, parts: string[]): GraphReply {
  const [, edge = '', ...rest] = parts;
  const state = requireIdentity(request.token, tokens, request.at);
  if (rest.length > 0) throw unknownPath(`/${parts.join('/')}`);
  if (edge === '') return ok({ id: '100000000000001', name: 'Sandbox system user' });
  if (edge === 'permissions') return ok({ data: permissions(request.token ?? '', tokens, state) });
  if (edge !== 'adaccounts') throw unknownPath(`/${parts.join('/')}`);
  requireToken(request.token, tokens, request.at);
  const accounts = [...world.accounts.values()];
  const page = pageOf(request, accounts.length, request.at.getTime());
  const fields = readFields(request.params.get('fields') ?? 'account_id');
  const data = accounts
    .slice(page.offset, page.end)
    .map((account) => showAccount(account, fields, request.at));
  return ok(listJson(data, page));
}

function showAccount(account: Account, fields: ReturnType<typeof readFields>, at: Date): JsonObject {
  const { today } = localMoment(at, account.timezone);
  return showObject(account, fields, { kind: 'AdAccount', shown: ACCOUNT_FIELDS, account, today });
}

function answerAccount(
  desk: Desk,
  request: GraphRequest,
  { id, edge }: { id: string; edge: string },
): GraphReply {
  const account = desk.world.accounts.get(id);
  if (account === undefined) throw unknownObject(id);
  const scope = { account, level: 'account' as const, ads: account.ads };
  if (edge === 'insights' && request.method === 'POST') {
    return ok({ report_run_id: desk.reports.start(scope, request, desk.faults.poisons()).id });
  }
  if (request.method !== 'GET') throw unknownObject(id);
  if (edge === '') return ok(showAccount(account, readFields(request.params.get('fields')), request.at));
  if (edge === 'insights') return answerInsights(desk, request, scope);
  if (edge === 'campaigns')
    return listEdge(request, account, { kind: CAMPAIGNS, objects: account.campaigns });
  if (edge === 'adsets') return listEdge(request, account, { kind: AD_SETS, objects: account.adSets });
  if (edge === 'ads') return listEdge(request, account, { kind: ADS, objects: account.ads });
  throw unknownPath(`/${edge}`);
}

/** Insights at once; what is poisoned takes too long. */
function answerInsights(desk: Desk, request: GraphRequest, scope: Scope): GraphReply {
  const poisons = desk.faults.poisons();
  if (poisons.length > 0) {
    const seen = localMoment(request.at, scope.account.timezone);
    if (isPoisonous(readQuery(request.params, scope, seen), poisons)) throw timedOut();
  }
  return desk.insights.page(request, scope);
}

function answerReport(
  desk: Desk,
  request: GraphRequest,
  { report, edge }: { report: Report; edge: string },
): GraphReply {
  if (edge === '') return ok(desk.reports.poll(report));
  if (edge !== 'insights') throw unknownPath(`/${edge}`);
  requireDone(report);
  // The report says what is wanted, the call only which page of it.
  const params = new URLSearchParams(report.params);
  for (const name of ['limit', 'after', 'before']) {
    const value = request.params.get(name);
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  return desk.insights.page({ ...request, params, at: report.at }, report.scope);
}

function answerObject(
  desk: Desk,
  request: GraphRequest,
  { id, edge }: { id: string; edge: string },
): GraphReply {
  const found = desk.world.find(id);
  if (found === undefined || request.method !== 'GET') throw unknownObject(id);
  const { account } = found;
  const { today } = localMoment(request.at, account.timezone);
  const fields = readFields(request.params.get('fields'));
  const how = { account, today };
  if (found.kind === 'campaign') {
    const { campaign } = found;
    if (campaignStatus(campaign, today) === null) throw unknownObject(id);
    const ads = account.ads.filter((ad) => ad.adSet.campaign === campaign);
    if (edge === '')
      return ok(showObject(campaign, fields, { kind: 'Campaign', shown: CAMPAIGN_FIELDS, ...how }));
    if (edge === 'insights') return answerInsights(desk, request, { account, level: 'campaign', ads });
    if (edge === 'ads') return listEdge(request, account, { kind: ADS, objects: ads });
    const adSets = account.adSets.filter((adSet) => adSet.campaign === campaign);
    if (edge === 'adsets') return listEdge(request, account, { kind: AD_SETS, objects: adSets });
    throw unknownPath(`/${edge}`);
  }
  if (found.kind === 'adset') {
    const { adSet } = found;
    if (adSetStatus(adSet, today) === null) throw unknownObject(id);
    const ads = account.ads.filter((ad) => ad.adSet === adSet);
    if (edge === '') return ok(showObject(adSet, fields, { kind: 'AdSet', shown: AD_SET_FIELDS, ...how }));
    if (edge === 'insights') return answerInsights(desk, request, { account, level: 'adset', ads });
    if (edge === 'ads') return listEdge(request, account, { kind: ADS, objects: ads });
    throw unknownPath(`/${edge}`);
  }
  const { ad } = found;
  const status = adStatus(ad, today);
  if (status === null || status === 'PURGED') throw unknownObject(id);
  if (edge === '') return ok(showObject(ad, fields, { kind: 'Ad', shown: AD_FIELDS, ...how }));
  if (edge === 'insights') return answerInsights(desk, request, { account, level: 'ad', ads: [ad] });
  throw unknownPath(`/${edge}`);
}
