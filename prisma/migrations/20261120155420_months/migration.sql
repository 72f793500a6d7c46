-- AlterTable
ALTER TABLE "clients" ADD COLUMN     "recipients" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "months" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "client_id" UUID NOT NULL,
    "platform" TEXT NOT NULL,
    "month" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "quality" TEXT NOT NULL,
    "reason" TEXT,
    "content" TEXT,
    "content_hash" BYTEA,
    "captured_at" TIMESTAMPTZ(6),
    "final_at" TIMESTAMPTZ(6),
    "reopened_at" TIMESTAMPTZ(6),
    "reopen_reason" TEXT,
    "earlier_reopened_at" TIMESTAMPTZ(6),
    "run_id" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "months_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "month_campaigns" (
    "client_id" UUID NOT NULL,
    "month_id" UUID NOT NULL,
    "account_external_id" TEXT NOT NULL,
    "campaign_external_id" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "objective" TEXT,
    "spend" DECIMAL NOT NULL,
    "impressions" BIGINT NOT NULL,
    "clicks" BIGINT NOT NULL,
    "link_clicks" BIGINT NOT NULL,
    "conversions" DECIMAL NOT NULL,
    "conversion_value" DECIMAL NOT NULL,
    "goals" JSONB NOT NULL,
    "reach" BIGINT,

    CONSTRAINT "month_campaigns_pkey" PRIMARY KEY ("client_id","month_id","account_external_id","campaign_external_id","currency")
);

-- CreateTable
CREATE TABLE "month_revisions" (
    "client_id" UUID NOT NULL,
    "month_id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,
    "state" TEXT NOT NULL,
    "quality" TEXT NOT NULL,
    "content" TEXT,
    "content_hash" BYTEA,
    "reason" TEXT,
    "run_id" UUID,
    "by" TEXT NOT NULL,

    CONSTRAINT "month_revisions_pkey" PRIMARY KEY ("client_id","month_id","revision")
);

-- CreateTable
CREATE TABLE "month_adjustments" (
    "client_id" UUID NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "month_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,
    "cause" TEXT NOT NULL,
    "account_external_id" TEXT NOT NULL,
    "campaign_external_id" TEXT,
    "metric" TEXT NOT NULL,
    "currency" TEXT,
    "old" DECIMAL,
    "new" DECIMAL,
    "note" TEXT,
    "run_id" UUID,

    CONSTRAINT "month_adjustments_pkey" PRIMARY KEY ("client_id","id")
);

-- CreateTable
CREATE TABLE "mails" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "client_id" UUID,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'QUEUED',
    "reason" TEXT,
    "dedupe_key" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "recipients" TEXT[],
    "subject" TEXT NOT NULL,
    "html" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_try_at" TIMESTAMPTZ(6),
    "run_id" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(6),

    CONSTRAINT "mails_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alerts" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "client_id" UUID,
    "account_id" UUID,
    "kind" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "raised_at" TIMESTAMPTZ(6) NOT NULL,
    "seen_at" TIMESTAMPTZ(6) NOT NULL,
    "resolved_at" TIMESTAMPTZ(6),
    "acknowledged_at" TIMESTAMPTZ(6),
    "acknowledged_by" TEXT,
    "snoozed_until" TIMESTAMPTZ(6),

    CONSTRAINT "alerts_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "months_client_id_platform_month_key" ON "months"("client_id", "platform", "month");

-- CreateIndex
CREATE INDEX "month_adjustments_client_id_month_id_idx" ON "month_adjustments"("client_id", "month_id");

-- CreateIndex
CREATE UNIQUE INDEX "mails_dedupe_key_key" ON "mails"("dedupe_key");

-- CreateIndex
CREATE UNIQUE INDEX "mails_message_id_key" ON "mails"("message_id");

-- CreateIndex
CREATE INDEX "mails_status_next_try_at_idx" ON "mails"("status", "next_try_at");

-- CreateIndex
CREATE INDEX "mails_created_at_id_idx" ON "mails"("created_at" DESC, "id");

-- CreateIndex
CREATE INDEX "alerts_raised_at_id_idx" ON "alerts"("raised_at" DESC, "id");

-- What the Prisma language cannot say ------------------------------------------------------------------------

ALTER TABLE months ADD CONSTRAINT months_month CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$');
ALTER TABLE months ADD CONSTRAINT months_state CHECK (state IN ('OPEN', 'PROVISIONAL', 'FINAL', 'REOPENED'));
ALTER TABLE months ADD CONSTRAINT months_quality CHECK (quality IN ('RICH', 'POOR', 'MISSING', 'NOT_EXPECTED'));
ALTER TABLE mails ADD CONSTRAINT mails_status
  CHECK (status IN ('QUEUED', 'SENT', 'NOT_SENT', 'SKIPPED', 'HELD', 'FAILED'));
ALTER TABLE alerts ADD CONSTRAINT alerts_severity CHECK (severity IN ('CRITICAL', 'WARNING', 'NOTICE'));

-- One open alert of a trouble.
CREATE UNIQUE INDEX alerts_open ON alerts (key) WHERE resolved_at IS NULL;

SELECT tributary_wall(walled::regclass, 'client_id', true)
FROM unnest(ARRAY['months', 'month_campaigns', 'month_revisions', 'month_adjustments', 'alerts']) AS walled;
-- Mails name people.
SELECT tributary_wall('mails', 'client_id', false);
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO tributary_staff;
