-- AlterTable
ALTER TABLE "credentials" ADD COLUMN     "checked_at" TIMESTAMPTZ(6),
ADD COLUMN     "kind" TEXT NOT NULL DEFAULT 'TOKEN',
ADD COLUMN     "warning" TEXT;

-- AlterTable
ALTER TABLE "users" ADD COLUMN     "invitation_expires_at" TIMESTAMPTZ(6),
ADD COLUMN     "invitation_hash" BYTEA;

-- CreateTable
CREATE TABLE "memberships" (
    "user_id" UUID NOT NULL,
    "client_id" UUID NOT NULL,

    CONSTRAINT "memberships_pkey" PRIMARY KEY ("user_id","client_id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "client_id" UUID,
    "target" TEXT,
    "outcome" TEXT NOT NULL,
    "origin" TEXT,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "oauth_states" (
    "state_hash" BYTEA NOT NULL,
    "platform" TEXT NOT NULL,
    "client_id" UUID NOT NULL,
    "requested_by" TEXT NOT NULL,
    "verifier" BYTEA,
    "key_id" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "oauth_states_pkey" PRIMARY KEY ("state_hash")
);

-- CreateIndex
CREATE UNIQUE INDEX "sessions_token_hash_key" ON "sessions"("token_hash");

-- CreateIndex
CREATE INDEX "sessions_user_id_idx" ON "sessions"("user_id");

-- CreateIndex
CREATE INDEX "audit_log_client_id_id_idx" ON "audit_log"("client_id", "id");

-- CreateIndex
CREATE INDEX "oauth_states_client_id_idx" ON "oauth_states"("client_id");

-- CreateIndex
CREATE UNIQUE INDEX "users_invitation_hash_key" ON "users"("invitation_hash");

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "clients"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "oauth_states" ADD CONSTRAINT "oauth_states_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "clients"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

ALTER TABLE credentials ADD CONSTRAINT credentials_kind CHECK (kind IN ('TOKEN', 'OAUTH'));

-- Roles ---------------------------------------------------------------------------------------------------------
--
-- The process never works as the owner of the tables. `tributary_staff` is what jobs and admins act as: every client,
-- but no change of tables and no change of the audit log. `tributary_tenant` is what viewers act as: it reads, and only
-- rows of the clients named in app.client_ids for the length of a transaction. Neither may pass row-level security.
-- Roles belong to the whole server, so they may be there already, made by another database or by an administrator
-- because this login may not make roles; then there is nothing to do. The login keeps the roles' rights (INHERIT), so
-- that later migrations see the rows behind the forced policies. src/db/roles.ts does the same at every start, with
-- words about what an administrator has to do.
DO $$
DECLARE
  wanted text;
  -- What SET ROLE asks for: from 16 on, membership alone is not enough.
  needed text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['tributary_staff', 'tributary_tenant'] LOOP
    IF to_regrole(wanted) IS NULL THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END;
    END IF;
    IF NOT pg_has_role(wanted, needed) THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
    END IF;
  END LOOP;
END $$;
-- Most databases let everybody do both; a login that does not own the database may not grant what is there already.
DO $$
BEGIN
  IF NOT has_database_privilege('tributary_staff', current_database(), 'TEMPORARY') THEN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO tributary_staff', current_database());
  END IF;
  IF NOT (has_schema_privilege('tributary_staff', 'public', 'USAGE')
          AND has_schema_privilege('tributary_tenant', 'public', 'USAGE')) THEN
    GRANT USAGE ON SCHEMA public TO tributary_staff, tributary_tenant;
  END IF;
END $$;

-- Walls a table -------------------------------------------------------------------------------------------------

-- Puts a table of clients' rows behind both roles' policies. `tenant_column` says whose row it is; a row that is
-- nobody's (null) is invisible to tenants. `readable` = tenants may read it at all. Used by every later migration.
CREATE FUNCTION tributary_wall(walled regclass, tenant_column text, readable boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', walled);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', walled);
  EXECUTE format('CREATE POLICY staff ON %s TO tributary_staff USING (true) WITH CHECK (true)', walled);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO tributary_staff', walled);
  EXECUTE format(
    'CREATE POLICY tenant ON %s TO tributary_tenant '
    'USING (%2$I = ANY (string_to_array(nullif(current_setting(''app.client_ids'', true), ''''), '','')::uuid[])) '
    'WITH CHECK (%2$I = ANY (string_to_array(nullif(current_setting(''app.client_ids'', true), ''''), '','')::uuid[]))',
    walled, tenant_column);
  IF readable THEN
    EXECUTE format('GRANT SELECT ON %s TO tributary_tenant', walled);
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION tributary_wall(regclass, text, boolean) FROM PUBLIC;

SELECT tributary_wall('clients', 'id', true);
SELECT tributary_wall(walled::regclass, 'client_id', true)
FROM unnest(ARRAY['ad_accounts', 'ad_campaigns', 'ad_sets', 'ads', 'goals', 'ad_insights', 'slices', 'insight_revisions',
                  'campaign_days', 'client_days', 'runs', 'run_tasks', 'run_logs', 'schedules']) AS walled;
-- Tokens, keys and who may see what: never a tenant's to read.
SELECT tributary_wall(walled::regclass, 'client_id', false)
FROM unnest(ARRAY['credentials', 'api_key_clients', 'memberships', 'oauth_states', 'audit_log']) AS walled;

-- Tables without a client's rows: the process's own.
GRANT SELECT, INSERT, UPDATE, DELETE ON users, sessions, api_keys, schedule_fires, settings TO tributary_staff;

-- What was done stays written.
REVOKE UPDATE, DELETE ON audit_log FROM tributary_staff;

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO tributary_staff;

-- The queue -----------------------------------------------------------------------------------------------------

-- The queue's tables are its owner's alone. Staff puts work into it, in the transaction of the work's cause, through
-- this door: only our one task, never another. The queue's schema is installed after the migrations, so nothing of it
-- is looked up before the first call. The key is the task's id: a second job for the same task replaces the one that
-- waits. The queue never gives up by itself (32767 tries), because a task it gave up would leave its run open for
-- ever: the runner decides when a task has failed.
CREATE FUNCTION tributary_enqueue(task_ids text[], payloads text[], serial_keys text[], priorities int[], delay_ms float8)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM graphile_worker.add_jobs(ARRAY(
    SELECT ROW('run_task', t.payload::json, t.serial_key, now() + delay_ms * interval '1 ms', 32767,
               t.task_id, t.priority, NULL)::graphile_worker.job_spec
    FROM unnest(task_ids, payloads, serial_keys, priorities) AS t (task_id, payload, serial_key, priority)
  ));
END $$;
REVOKE EXECUTE ON FUNCTION tributary_enqueue(text[], text[], text[], int[], float8) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tributary_enqueue(text[], text[], text[], int[], float8) TO tributary_staff;
