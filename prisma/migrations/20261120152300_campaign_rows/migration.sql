-- AlterTable
ALTER TABLE "slices" ADD COLUMN     "campaign_rows" JSONB;

-- CreateIndex
CREATE INDEX "runs_client_id_kind_created_at_idx" ON "runs"("client_id", "kind", "created_at" DESC);
