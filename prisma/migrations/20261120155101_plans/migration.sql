-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "paused_at" TIMESTAMPTZ(6);

-- CreateTable
CREATE TABLE "plans" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "kind" TEXT NOT NULL,
    "parameters" JSONB NOT NULL,
    "summary" JSONB NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "requested_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "run_id" UUID,

    CONSTRAINT "plans_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "actor" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "request_hash" BYTEA NOT NULL,
    "run_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("actor","key")
);

-- CreateIndex
CREATE INDEX "plans_created_at_idx" ON "plans"("created_at");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- Rows of the process and its admins, without a tenant.
GRANT SELECT, INSERT, UPDATE, DELETE ON plans, idempotency_keys TO tributary_staff;
ALTER TABLE plans ADD CONSTRAINT plans_kind CHECK (kind IN ('SYNC', 'BACKFILL'));
