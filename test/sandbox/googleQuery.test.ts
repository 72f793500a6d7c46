import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/index.ts';
import { at, failureOf, MANAGER, post, rowsOf, stream, TAU, ZIELONA } from './google.ts';
import { NOW } from './graph.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => NOW });
});
afterAll(() => sandbox.close());

const DAY = "segments.date = '2026-11-01'";

describe('a query that may not be asked', () => {
  it.each([
    ['SELECT campaign.id, campaign.nothing FROM campaign', 'UNRECOGNIZED_FIELD'],
    ['SELECT * FROM campaign', 'BAD_FIELD_NAME'],
    ['SELECT campaign FROM campaign', 'BAD_FIELD_NAME'],
    ['SELECT campaign.id FROM nowhere', 'BAD_RESOURCE_TYPE_IN_FROM_CLAUSE'],
    ['SELECT ad_group.id FROM campaign', 'PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE'],
    ['SELECT campaign.id FROM campaign WHERE ad_group.id = 1', 'PROHIBITED_RESOURCE_TYPE_IN_WHERE_CLAUSE'],
    [
      'SELECT conversion_action.id, metrics.clicks FROM conversion_action',
      'PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE',
    ],
    ['SELECT campaign.id, segments.date, metrics.clicks FROM campaign', 'EXPECTED_FILTERS_ON_DATE_RANGE'],
    [
      "SELECT campaign.id, segments.date FROM campaign WHERE segments.date >= '2026-11-01'",
      'EXPECTED_FILTERS_ON_DATE_RANGE',
    ],
    [
      "SELECT campaign.id, segments.date FROM campaign WHERE segments.date = '2026-02-30'",
      'INVALID_DATE_FORMAT',
    ],
    [
      'SELECT campaign.id, segments.date FROM campaign WHERE segments.date DURING LAST_5_DAYS',
      'INVALID_VALUE_WITH_DURING_OPERATOR',
    ],
    [
      "SELECT campaign.id, segments.date FROM campaign WHERE segments.date BETWEEN '2026-11-02' AND '2026-11-01'",
      'INVALID_VALUE_WITH_BETWEEN_OPERATOR',
    ],
    [
      `SELECT campaign.id, segments.conversion_action_name, metrics.cost_micros FROM campaign WHERE ${DAY}`,
      'PROHIBITED_SEGMENT_WITH_METRIC_IN_SELECT_OR_WHERE_CLAUSE',
    ],
    [
      `SELECT campaign.id FROM campaign WHERE segments.conversion_action_name = 'Purchase' AND ${DAY}`,
      'EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE',
    ],
    [`SELECT campaign.id FROM campaign ORDER BY metrics.clicks`, 'PROHIBITED_FIELD_IN_ORDER_BY_CLAUSE'],
    ["SELECT campaign.id FROM campaign WHERE campaign.id = 'x'", 'BAD_NUMBER'],
    ["SELECT campaign.id FROM campaign WHERE campaign.status = 'enabled'", 'BAD_ENUM_CONSTANT'],
    ['SELECT campaign.id FROM campaign LIMIT 0', 'LIMIT_VALUE_TOO_LOW'],
    ['SELECT campaign.id WHERE campaign.id = 1', 'EXPECTED_FROM'],
    ['FROM campaign', 'EXPECTED_SELECT'],
    ['SELECT campaign.id, FROM campaign', 'EXPECTED_FROM'],
    ['SELECT campaign.id FROM', 'UNEXPECTED_END_OF_QUERY'],
    ["SELECT campaign.id FROM campaign WHERE campaign.name = 'a", 'STRING_NOT_TERMINATED'],
    ['SELECT campaign.id FROM campaign;', 'BAD_SYMBOL'],
    ['SELECT campaign.id FROM campaign AND', 'UNEXPECTED_INPUT'],
  ])('%s', async (query, name) => {
    const answer = await stream(sandbox, ZIELONA, query);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject([
      {
        error: {
          code: 400,
          status: 'INVALID_ARGUMENT',
          details: [
            {
              '@type': 'type.googleapis.com/google.ads.googleads.v25.errors.GoogleAdsFailure',
              requestId: answer.headers.get('request-id'),
            },
          ],
        },
      },
    ]);
    expect(failureOf(answer)).toMatchObject({ errorCode: { queryError: name }, message: expect.any(String) });
  });

  it('asks a manager for figures', async () => {
    const manager = { customer: MANAGER };
    const answer = await stream(
      sandbox,
      manager,
      `SELECT campaign.id, metrics.clicks FROM campaign WHERE ${DAY}`,
    );
    expect(failureOf(answer)).toMatchObject({ errorCode: { queryError: 'REQUESTED_METRICS_FOR_MANAGER' } });
    expect(await rowsOf(sandbox, manager, 'SELECT campaign.id FROM campaign')).toEqual([]);
  });
});

describe('versions', () => {
  const fields = 'SELECT campaign.id, FIELD FROM campaign WHERE ' + DAY;
  it.each([
    ['v22', 'campaign.start_date', 200],
    ['v23', 'campaign.start_date', 400],
    ['v22', 'campaign.start_date_time', 400],
    ['v23', 'campaign.start_date_time', 200],
    ['v21', 'metrics.video_views', 200],
    ['v22', 'metrics.video_views', 400],
    ['v21', 'metrics.video_trueview_views', 400],
    ['v22', 'metrics.video_trueview_views', 200],
  ])('%s and %s: %i', async (version, field, status) => {
    const answer = await stream(sandbox, { ...ZIELONA, version }, fields.replace('FIELD', field));
    expect(answer.status).toBe(status);
  });

  it.each(['v20', 'v26'])('%s is a page that is not there', async (version) => {
    const answer = await stream(sandbox, { ...ZIELONA, version }, 'SELECT customer.id FROM customer');
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.text).toContain('<title>Error 404');
  });
});

describe('a page', () => {
  const query = 'SELECT campaign.id FROM campaign';
  const search = (body: unknown) => post(sandbox, ZIELONA, { method: 'search', body });

  it('has its own size', async () => {
    const answer = await search({ query, pageSize: 100 });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: { code: 400 } });
    expect(failureOf(answer)).toMatchObject({ errorCode: { requestError: 'PAGE_SIZE_NOT_SUPPORTED' } });
  });

  it('is not found under a token of nothing, and none of its members is made up', async () => {
    const token = await search({ query, pageToken: 'abc' });
    expect(failureOf(token)).toMatchObject({ errorCode: { requestError: 'INVALID_PAGE_TOKEN' } });
    expect((await search({ query, page_token: 'abc' })).json).toMatchObject({
      error: { status: 'INVALID_ARGUMENT' },
    });
  });
});

describe('what a query narrows', () => {
  const names = async (rest: string) =>
    (await rowsOf(sandbox, TAU, `SELECT campaign.id, campaign.name FROM campaign ${rest}`)).map((row) =>
      at(row, 'campaign.name'),
    );

  it('filters, sorts and ends', async () => {
    const all = await names('');
    expect(all.length).toBeGreaterThan(4);
    expect(await names('ORDER BY campaign.name DESC LIMIT 2')).toEqual([...all].sort().reverse().slice(0, 2));
    expect(await names("WHERE campaign.name LIKE '%Performance%'")).toEqual(['Performance Max: магазин']);
    expect(await names("WHERE campaign.status != 'REMOVED'")).toHaveLength(3);
    const [row] = await rowsOf(sandbox, TAU, 'SELECT campaign.id FROM campaign LIMIT 1');
    const id = at(row!, 'campaign.id') as string;
    expect(await names(`WHERE campaign.id IN (${id}, 7)`)).toEqual([all[0]]);
    expect(await names(`WHERE campaign.id NOT IN (${id}) PARAMETERS include_drafts=false`)).toEqual(
      all.slice(1),
    );
  });

  it('filters rows by figures and sorts by them', async () => {
    const rows = await rowsOf(
      sandbox,
      TAU,
      "SELECT campaign.id, segments.date, metrics.clicks FROM campaign WHERE segments.date BETWEEN '2026-11-01' AND '2026-11-09' AND metrics.clicks > 100 ORDER BY metrics.clicks",
    );
    const clicks = rows.map((row) => Number(at(row, 'metrics.clicks')));
    expect(clicks.length).toBeGreaterThan(5);
    expect(Math.min(...clicks)).toBeGreaterThan(100);
    expect(clicks).toEqual([...clicks].sort((a, b) => a - b));
  });

  it.each([
    ['TODAY', '2026-11-20', '2026-11-20'],
    ['YESTERDAY', '2026-11-19', '2026-11-19'],
    ['LAST_7_DAYS', '2026-11-13', '2026-11-19'],
    ['LAST_MONTH', '2026-10-01', '2026-10-31'],
    ['THIS_WEEK_SUN_TODAY', '2026-11-15', '2026-11-20'],
  ])('%s is from %s to %s in the zone of the customer', async (literal, first, last) => {
    const rows = await rowsOf(
      sandbox,
      TAU,
      `SELECT segments.date, metrics.clicks FROM customer WHERE segments.date DURING ${literal}`,
    );
    const days = rows.map((row) => at(row, 'segments.date'));
    expect([days[0], days.at(-1)]).toEqual([first, last]);
  });

  it('sums months', async () => {
    const range = "WHERE segments.date BETWEEN '2026-09-01' AND '2026-10-31'";
    const rows = await rowsOf(sandbox, TAU, `SELECT segments.month, metrics.clicks FROM customer ${range}`);
    expect(rows.map((row) => at(row, 'segments.month'))).toEqual(['2026-09-01', '2026-10-01']);
    const [whole] = await rowsOf(sandbox, TAU, `SELECT metrics.clicks FROM customer ${range}`);
    const clicks = rows.map((row) => Number(at(row, 'metrics.clicks')));
    expect(clicks[0]! + clicks[1]!).toBe(Number(at(whole!, 'metrics.clicks')));
  });
});
