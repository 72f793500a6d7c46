-- AlterTable
ALTER TABLE "ad_accounts" ADD COLUMN     "pause_reason" TEXT,
ADD COLUMN     "paused_until" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "insight_revisions" ADD COLUMN     "currency" TEXT;
UPDATE insight_revisions AS revision SET currency = account.currency
FROM ad_accounts AS account WHERE account.client_id = revision.client_id AND account.id = revision.account_id;
-- Revisions of accounts that are gone: nobody can say any more, and ISO 4217 has a code for that.
UPDATE insight_revisions SET currency = 'XXX' WHERE currency IS NULL;
ALTER TABLE "insight_revisions" ALTER COLUMN "currency" SET NOT NULL;

-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "not_before" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "slices" ADD COLUMN     "final_at" TIMESTAMPTZ(6),
ADD COLUMN     "note" TEXT,
ADD COLUMN     "suspect_reason" TEXT,
ADD COLUMN     "suspect_since" TIMESTAMPTZ(6),
ADD COLUMN     "total_clicks" BIGINT,
ADD COLUMN     "total_currency" TEXT,
ADD COLUMN     "total_impressions" BIGINT,
ADD COLUMN     "total_spend" DECIMAL;

-- CreateTable
CREATE UNLOGGED TABLE "sync_pages" (
    "client_id" UUID NOT NULL,
    "task_id" UUID NOT NULL,
    "window_from" DATE,
    "window_to" DATE,
    "seq" INTEGER NOT NULL,
    "read_at" TIMESTAMPTZ(6) NOT NULL,
    "next" JSONB,
    "content" TEXT NOT NULL,

    CONSTRAINT "sync_pages_pkey" PRIMARY KEY ("client_id","task_id","seq")
);

-- CreateTable
CREATE TABLE "ad_breakdowns" (
    "client_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "date" DATE NOT NULL,
    "campaign_external_id" TEXT NOT NULL,
    "ad_external_id" TEXT,
    "segments" JSONB NOT NULL,
    "currency" TEXT NOT NULL,
    "spend" DECIMAL NOT NULL,
    "impressions" BIGINT NOT NULL,
    "clicks" BIGINT NOT NULL,
    "link_clicks" BIGINT NOT NULL,
    "actions" JSONB NOT NULL,
    "run_id" UUID NOT NULL
);

-- CreateTable
CREATE TABLE "breakdown_slices" (
    "client_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "date" DATE NOT NULL,
    "fetched_at" TIMESTAMPTZ(6),
    "final" BOOLEAN NOT NULL DEFAULT false,
    "rows" INTEGER NOT NULL DEFAULT 0,
    "run_id" UUID NOT NULL,
    "failure_class" TEXT,
    "failure_reason" TEXT,

    CONSTRAINT "breakdown_slices_pkey" PRIMARY KEY ("client_id","account_id","kind","date")
);

-- CreateTable
CREATE TABLE "ad_reach" (
    "client_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "date_from" DATE NOT NULL,
    "date_to" DATE NOT NULL,
    "campaign_external_id" TEXT,
    "reach" BIGINT NOT NULL,
    "impressions" BIGINT NOT NULL,
    "frequency" DECIMAL,
    "fetched_at" TIMESTAMPTZ(6) NOT NULL,
    "run_id" UUID NOT NULL
);

-- What the Prisma language cannot say ------------------------------------------------------------------------

-- Keys with a null in them; each starts with client_id, so that its table can be distributed by it.
CREATE UNIQUE INDEX ad_breakdowns_key ON ad_breakdowns
  (client_id, account_id, kind, date, campaign_external_id, ad_external_id, segments) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX ad_reach_key ON ad_reach
  (client_id, account_id, date_from, date_to, campaign_external_id) NULLS NOT DISTINCT;

UPDATE slices SET final_at = fetched_at WHERE final;

-- Pages on their way are the jobs' own business.
SELECT tributary_wall('sync_pages', 'client_id', false);
SELECT tributary_wall(walled::regclass, 'client_id', true)
FROM unnest(ARRAY['ad_breakdowns', 'breakdown_slices', 'ad_reach']) AS walled;
