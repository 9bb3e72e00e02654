CREATE TABLE auth.api_keys (
    key_id UUID DEFAULT uuidv7() NOT NULL,
    name TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    scopes TEXT[] DEFAULT '{}'::text[] NOT NULL,
    company_id UUID,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_keys PRIMARY KEY (key_id),
    CONSTRAINT uq_api_keys_secret_hash UNIQUE (secret_hash)
);
COMMENT ON TABLE auth.api_keys IS 'Partners'' keys by the hash of their secret.';
COMMENT ON COLUMN auth.api_keys.secret_hash IS 'SHA-256 of 32 random bytes';
COMMENT ON CONSTRAINT uq_api_keys_secret_hash ON auth.api_keys IS 'A request brings the secret alone; it finds its key.';

CREATE TABLE auth.login_attempts (
    login_hmac BYTEA NOT NULL,
    address_hmac BYTEA NOT NULL,
    failures INTEGER DEFAULT '0' NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    blocked_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_login_attempts PRIMARY KEY (login_hmac, address_hmac)
);
COMMENT ON TABLE auth.login_attempts IS 'Failures by address and login, so that a lockout hits the attacker alone.';

CREATE TABLE auth.revoked_tokens (
    token_id UUID NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_revoked_tokens PRIMARY KEY (token_id)
);
COMMENT ON TABLE auth.revoked_tokens IS 'Access tokens that were taken back before they expired.';

CREATE TABLE auth.users (
    user_id UUID DEFAULT uuidv7() NOT NULL,
    email TEXT NOT NULL,
    password_hash TEXT,
    role TEXT NOT NULL,
    position TEXT,
    company_id UUID,
    person_id UUID,
    disabled_at TIMESTAMP WITH TIME ZONE,
    failed_logins SMALLINT DEFAULT '0' NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (user_id),
    CONSTRAINT ck_users_role CHECK (role IN ('admin', 'coordinator', 'reviewer', 'company_user', 'participant', 'volunteer', 'partner')),
    CONSTRAINT ck_users_position CHECK (position IN ('manager', 'member')),
    CONSTRAINT ck_users_email_is_folded CHECK (email = lower(email)),
    CONSTRAINT ck_users_company_user_has_company CHECK (role <> 'company_user' OR company_id IS NOT NULL),
    CONSTRAINT uq_users_email UNIQUE (email)
);
COMMENT ON TABLE auth.users IS 'Who may sign in.';
COMMENT ON COLUMN auth.users.password_hash IS 'argon2id';
COMMENT ON CONSTRAINT ck_users_company_user_has_company ON auth.users IS 'A company user without a company would have no tenant.';
COMMENT ON CONSTRAINT ck_users_email_is_folded ON auth.users IS 'One login an address, in any case.';
COMMENT ON CONSTRAINT ck_users_position ON auth.users IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT ck_users_role ON auth.users IS 'A word outside the vocabulary is a bug.';
COMMENT ON CONSTRAINT uq_users_email ON auth.users IS 'One login an address; the login looks it up.';

CREATE TABLE auth.webhook_secrets (
    secret_id UUID DEFAULT uuidv7() NOT NULL,
    source TEXT NOT NULL,
    sealed_secret BYTEA NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_webhook_secrets PRIMARY KEY (secret_id)
);
CREATE INDEX ix_webhook_secrets_source ON auth.webhook_secrets (source) WHERE revoked_at IS NULL;
COMMENT ON TABLE auth.webhook_secrets IS 'What partners sign their webhooks with, sealed.';
COMMENT ON COLUMN auth.webhook_secrets.sealed_secret IS 'Encrypted with a key from the settings';
COMMENT ON INDEX auth.ix_webhook_secrets_source IS 'Rotation keeps two valid; both are tried.';

CREATE TABLE auth.refresh_tokens (
    token_hash BYTEA NOT NULL,
    family_id UUID NOT NULL,
    user_id UUID NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_refresh_tokens PRIMARY KEY (token_hash),
    CONSTRAINT fk_refresh_tokens_user_id FOREIGN KEY(user_id) REFERENCES auth.users (user_id) ON DELETE CASCADE
);
CREATE INDEX ix_refresh_tokens_family_id ON auth.refresh_tokens (family_id);
CREATE INDEX ix_refresh_tokens_user_id ON auth.refresh_tokens (user_id);
COMMENT ON TABLE auth.refresh_tokens IS 'Refresh tokens by their hash; each is used once.';
COMMENT ON CONSTRAINT fk_refresh_tokens_user_id ON auth.refresh_tokens IS 'A token goes with its user.';
COMMENT ON INDEX auth.ix_refresh_tokens_family_id IS 'A used token that comes again revokes its whole family.';
COMMENT ON INDEX auth.ix_refresh_tokens_user_id IS 'Disabling a user revokes all their tokens.';
