import { OAUTH_PLATFORM_KEYS, PLATFORM_KEYS } from '../connectors/ads/index.ts';
import {
  CREDENTIAL_KINDS,
  CREDENTIAL_STATUSES,
  ROLES,
  RUN_LOG_LEVELS,
  RUN_STATUSES,
  RUN_TRIGGERS,
  TASK_STATUSES,
} from '../db/enums.ts';
import { CAMPAIGN_ORDER_FIELDS, ORDER_DIRECTIONS } from '../services/campaigns/sql.ts';
import { JOB_KINDS } from '../services/runs/kinds.ts';
import { builder } from './builder.ts';

/* Made from the registries' keys and the database's words: adding one there is enough. */
export const Platform = builder.enumType('Platform', { values: PLATFORM_KEYS });
export const OAuthPlatform = builder.enumType('OAuthPlatform', { values: OAUTH_PLATFORM_KEYS });
/** A platform may be connected before there is anything to read from it. */
export const CREDENTIAL_PLATFORM_KEYS = [...new Set([...PLATFORM_KEYS, ...OAUTH_PLATFORM_KEYS])];
export const CredentialPlatform = builder.enumType('CredentialPlatform', {
  values: CREDENTIAL_PLATFORM_KEYS,
});
export const CredentialKind = builder.enumType('CredentialKind', { values: CREDENTIAL_KINDS });
export const CredentialStatus = builder.enumType('CredentialStatus', { values: CREDENTIAL_STATUSES });
export const JobType = builder.enumType('JobType', { values: JOB_KINDS });
export const RunStatus = builder.enumType('RunStatus', { values: RUN_STATUSES });
export const RunTrigger = builder.enumType('RunTrigger', { values: RUN_TRIGGERS });
export const TaskStatus = builder.enumType('TaskStatus', { values: TASK_STATUSES });
export const RunLogLevel = builder.enumType('RunLogLevel', { values: RUN_LOG_LEVELS });
export const Role = builder.enumType('Role', { values: ROLES });
export const CampaignOrderField = builder.enumType('CampaignOrderField', { values: CAMPAIGN_ORDER_FIELDS });
export const OrderDirection = builder.enumType('OrderDirection', { values: ORDER_DIRECTIONS });

/** A word that the database holds as plain text, checked against the words the schema knows. */
export function word<Word extends string>(words: readonly Word[], text: string): Word {
  const found = words.find((candidate) => candidate === text);
  if (found === undefined)
    throw new Error(`The database holds the word "${text}", which this release does not know.`);
  return found;
}
