-- CreateIndex
CREATE INDEX "insight_revisions_client_id_account_id_date_at_idx" ON "insight_revisions"("client_id", "account_id", "date", "at");
