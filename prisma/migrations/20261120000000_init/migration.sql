-- CreateTable
CREATE TABLE "clients" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "name" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "timezone" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "backfill_months" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "clients_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "password_hash" TEXT,
    "disabled_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(6),
    "last_used_at" TIMESTAMPTZ(6),
    "revoked_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key_clients" (
    "api_key_id" UUID NOT NULL,
    "client_id" UUID NOT NULL,

    CONSTRAINT "api_key_clients_pkey" PRIMARY KEY ("api_key_id","client_id")
);

-- CreateTable
CREATE TABLE "credentials" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "client_id" UUID NOT NULL,
    "platform" TEXT NOT NULL,
    "ciphertext" BYTEA NOT NULL,
    "key_id" TEXT NOT NULL,
    "last_four" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'VALID',
    "scopes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "expires_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "credentials_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ad_accounts" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "client_id" UUID NOT NULL,
    "platform" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "timezone" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "login_customer_id" TEXT,
    "credential_id" UUID,
    "tracked_campaign_ids" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "last_synced_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ad_accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ad_campaigns" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "client_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "objective" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ad_campaigns_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ad_sets" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "client_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "campaign_external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ad_sets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ads" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "client_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "ad_set_external_id" TEXT NOT NULL,
    "campaign_external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ads_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "goals" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "client_id" UUID NOT NULL,
    "platform" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "action_types" TEXT[],

    CONSTRAINT "goals_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ad_insights" (
    "client_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "date" DATE NOT NULL,
    "campaign_external_id" TEXT NOT NULL,
    "ad_set_external_id" TEXT,
    "ad_external_id" TEXT,
    "currency" TEXT NOT NULL,
    "spend" DECIMAL NOT NULL,
    "impressions" BIGINT NOT NULL,
    "clicks" BIGINT NOT NULL,
    "link_clicks" BIGINT NOT NULL,
    "reach" BIGINT,
    "conversions" DECIMAL NOT NULL,
    "conversion_value" DECIMAL NOT NULL,
    "goals" JSONB NOT NULL,
    "actions" JSONB NOT NULL,
    "run_id" UUID NOT NULL
);

-- CreateTable
CREATE TABLE "slices" (
    "client_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "date" DATE NOT NULL,
    "status" TEXT NOT NULL,
    "fetched_at" TIMESTAMPTZ(6),
    "first_fetched_at" TIMESTAMPTZ(6),
    "final" BOOLEAN NOT NULL DEFAULT false,
    "rows" INTEGER NOT NULL DEFAULT 0,
    "run_id" UUID NOT NULL,
    "attempted_at" TIMESTAMPTZ(6) NOT NULL,
    "failure_class" TEXT,
    "failure_reason" TEXT,

    CONSTRAINT "slices_pkey" PRIMARY KEY ("client_id","account_id","date")
);

-- CreateTable
CREATE TABLE "insight_revisions" (
    "client_id" UUID NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "account_id" UUID NOT NULL,
    "date" DATE NOT NULL,
    "campaign_external_id" TEXT NOT NULL,
    "ad_external_id" TEXT,
    "metric" TEXT NOT NULL,
    "old" DECIMAL,
    "new" DECIMAL,
    "run_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "insight_revisions_pkey" PRIMARY KEY ("client_id","id")
);

-- CreateTable
CREATE TABLE "campaign_days" (
    "client_id" UUID NOT NULL,
    "date" DATE NOT NULL,
    "account_id" UUID NOT NULL,
    "campaign_external_id" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "spend" DECIMAL NOT NULL,
    "impressions" BIGINT NOT NULL,
    "clicks" BIGINT NOT NULL,
    "link_clicks" BIGINT NOT NULL,
    "conversions" DECIMAL NOT NULL,
    "conversion_value" DECIMAL NOT NULL,
    "goals" JSONB NOT NULL,

    CONSTRAINT "campaign_days_pkey" PRIMARY KEY ("client_id","date","account_id","campaign_external_id","currency")
);

-- CreateTable
CREATE TABLE "client_days" (
    "client_id" UUID NOT NULL,
    "date" DATE NOT NULL,
    "platform" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "spend" DECIMAL NOT NULL,
    "impressions" BIGINT NOT NULL,
    "clicks" BIGINT NOT NULL,
    "link_clicks" BIGINT NOT NULL,
    "conversions" DECIMAL NOT NULL,
    "conversion_value" DECIMAL NOT NULL,
    "goals" JSONB NOT NULL,

    CONSTRAINT "client_days_pkey" PRIMARY KEY ("client_id","date","platform","currency")
);

-- CreateTable
CREATE TABLE "schedules" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "kind" TEXT NOT NULL,
    "cron" TEXT NOT NULL,
    "timezone" TEXT NOT NULL,
    "client_id" UUID,
    "parameters" JSONB NOT NULL DEFAULT '{}',
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "run_count" INTEGER NOT NULL DEFAULT 0,
    "success_count" INTEGER NOT NULL DEFAULT 0,
    "error_count" INTEGER NOT NULL DEFAULT 0,
    "last_run_at" TIMESTAMPTZ(6),
    "last_status" TEXT,
    "last_duration_ms" INTEGER,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "schedules_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "schedule_fires" (
    "schedule_id" UUID NOT NULL,
    "fire_at" TIMESTAMPTZ(6) NOT NULL,
    "claimed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "run_id" UUID,

    CONSTRAINT "schedule_fires_pkey" PRIMARY KEY ("schedule_id","fire_at")
);

-- CreateTable
CREATE TABLE "runs" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "kind" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'QUEUED',
    "client_id" UUID,
    "schedule_id" UUID,
    "parameters" JSONB NOT NULL DEFAULT '{}',
    "work_key" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "tasks_total" INTEGER NOT NULL DEFAULT 0,
    "tasks_done" INTEGER NOT NULL DEFAULT 0,
    "records_synced" BIGINT NOT NULL DEFAULT 0,
    "seq" INTEGER NOT NULL DEFAULT 0,
    "error_class" TEXT,
    "error_reason" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run_tasks" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "run_id" UUID NOT NULL,
    "client_id" UUID,
    "account_id" UUID,
    "position" INTEGER NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'QUEUED',
    "parameters" JSONB NOT NULL DEFAULT '{}',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "records_synced" BIGINT NOT NULL DEFAULT 0,
    "error_class" TEXT,
    "error_reason" TEXT,
    "started_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "run_tasks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run_logs" (
    "id" BIGSERIAL NOT NULL,
    "run_id" UUID NOT NULL,
    "task_id" UUID,
    "client_id" UUID,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "level" TEXT NOT NULL,
    "message" TEXT NOT NULL,

    CONSTRAINT "run_logs_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "clients_slug_key" ON "clients"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE INDEX "credentials_client_id_idx" ON "credentials"("client_id");

-- CreateIndex
CREATE UNIQUE INDEX "ad_accounts_client_id_platform_external_id_key" ON "ad_accounts"("client_id", "platform", "external_id");

-- CreateIndex
CREATE UNIQUE INDEX "ad_campaigns_client_id_account_id_external_id_key" ON "ad_campaigns"("client_id", "account_id", "external_id");

-- CreateIndex
CREATE INDEX "ad_sets_client_id_account_id_campaign_external_id_idx" ON "ad_sets"("client_id", "account_id", "campaign_external_id");

-- CreateIndex
CREATE UNIQUE INDEX "ad_sets_client_id_account_id_external_id_key" ON "ad_sets"("client_id", "account_id", "external_id");

-- CreateIndex
CREATE INDEX "ads_client_id_account_id_campaign_external_id_idx" ON "ads"("client_id", "account_id", "campaign_external_id");

-- CreateIndex
CREATE UNIQUE INDEX "ads_client_id_account_id_external_id_key" ON "ads"("client_id", "account_id", "external_id");

-- CreateIndex
CREATE UNIQUE INDEX "goals_client_id_platform_name_key" ON "goals"("client_id", "platform", "name");

-- CreateIndex
CREATE INDEX "insight_revisions_client_id_date_idx" ON "insight_revisions"("client_id", "date");

-- CreateIndex
CREATE INDEX "runs_created_at_id_idx" ON "runs"("created_at" DESC, "id");

-- CreateIndex
CREATE UNIQUE INDEX "run_tasks_run_id_position_key" ON "run_tasks"("run_id", "position");

-- CreateIndex
CREATE INDEX "run_logs_run_id_id_idx" ON "run_logs"("run_id", "id");

-- AddForeignKey
ALTER TABLE "api_key_clients" ADD CONSTRAINT "api_key_clients_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "api_keys"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "api_key_clients" ADD CONSTRAINT "api_key_clients_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "clients"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "clients"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "ad_accounts" ADD CONSTRAINT "ad_accounts_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "clients"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "ad_accounts" ADD CONSTRAINT "ad_accounts_credential_id_fkey" FOREIGN KEY ("credential_id") REFERENCES "credentials"("id") ON DELETE SET NULL ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "ad_campaigns" ADD CONSTRAINT "ad_campaigns_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "ad_accounts"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "goals" ADD CONSTRAINT "goals_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "clients"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "schedule_fires" ADD CONSTRAINT "schedule_fires_schedule_id_fkey" FOREIGN KEY ("schedule_id") REFERENCES "schedules"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "run_tasks" ADD CONSTRAINT "run_tasks_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "run_logs" ADD CONSTRAINT "run_logs_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE NO ACTION;


-- What the Prisma language cannot say ------------------------------------------------------------------------

-- The key of a fact. The remainder row of a campaign-day has no ad, and there is one of it.
-- (NULLS NOT DISTINCT: PostgreSQL 15.) It starts with client_id, so the table can be distributed by it.
CREATE UNIQUE INDEX ad_insights_key ON ad_insights
  (client_id, account_id, date, campaign_external_id, ad_external_id) NULLS NOT DISTINCT;

-- The same work is open once: a second request finds the first one's run.
CREATE UNIQUE INDEX runs_open_work ON runs (work_key) WHERE status IN ('QUEUED', 'RUNNING');
CREATE INDEX run_tasks_open ON run_tasks (run_id) WHERE status IN ('QUEUED', 'RUNNING');

-- One default schedule of a kind for all clients.
CREATE UNIQUE INDEX schedules_kind_client ON schedules (kind, client_id, cron, timezone) NULLS NOT DISTINCT;

ALTER TABLE clients ADD CONSTRAINT clients_currency CHECK (currency ~ '^[A-Z]{3}$');
ALTER TABLE api_keys ADD CONSTRAINT api_keys_role CHECK (role IN ('ADMIN', 'VIEWER'));
ALTER TABLE users ADD CONSTRAINT users_role CHECK (role IN ('ADMIN', 'VIEWER'));
ALTER TABLE credentials ADD CONSTRAINT credentials_status CHECK (status IN ('VALID', 'EXPIRED', 'REVOKED'));
ALTER TABLE slices ADD CONSTRAINT slices_status CHECK (status IN ('OK', 'SUSPECT', 'FAILED'));
ALTER TABLE runs ADD CONSTRAINT runs_status
  CHECK (status IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED', 'SKIPPED'));
ALTER TABLE runs ADD CONSTRAINT runs_trigger
  CHECK (trigger IN ('SCHEDULE', 'MANUAL', 'WEBHOOK', 'CATCH_UP', 'RETRY'));
ALTER TABLE run_tasks ADD CONSTRAINT run_tasks_status
  CHECK (status IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'SKIPPED'));
ALTER TABLE run_logs ADD CONSTRAINT run_logs_level CHECK (level IN ('DEBUG', 'INFO', 'WARN', 'ERROR'));

