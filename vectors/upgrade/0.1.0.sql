CREATE TABLE schema_migrations (name text primary key not null);
CREATE TABLE developers (
        id text primary key not null,
        email text not null,
        full_name text not null,
        company_name text not null,
        password_hash text not null,
        state text not null,
        created_at bigint not null
      );
CREATE UNIQUE INDEX developers_email on developers (email) where state <> 'deleted';
CREATE TABLE users (
        id text primary key not null,
        email text not null,
        full_name text not null,
        company_name text not null,
        password_hash text not null,
        state text not null,
        created_at bigint not null
      );
CREATE UNIQUE INDEX users_email on users (email) where state <> 'deleted';
CREATE TABLE sessions (
      token_hash text primary key not null,
      kind text not null,
      account_id text not null,
      created_at bigint not null,
      expires_at bigint not null,
      ttl_seconds bigint not null
    );
CREATE INDEX sessions_account on sessions (account_id);
CREATE INDEX sessions_end on sessions (expires_at);
CREATE TABLE mail_tokens (
      token_hash text primary key not null,
      kind text not null,
      purpose text not null,
      account_id text not null,
      expires_at bigint not null
    );
CREATE INDEX mail_tokens_account on mail_tokens (account_id);
CREATE INDEX mail_tokens_end on mail_tokens (expires_at);
CREATE TABLE projects (
      id text primary key not null,
      user_id text not null references users (id),
      name text not null,
      salt text not null,
      created_at bigint not null
    );
CREATE INDEX projects_user on projects (user_id);
CREATE TABLE clients (
      id text primary key not null,
      developer_id text not null references developers (id),
      client_id text not null unique,
      name text not null,
      description text not null,
      redirect_uris text not null,
      scopes text not null,
      state text not null,
      storx_profile smallint not null,
      created_at bigint not null,
      updated_at bigint not null
    );
CREATE INDEX clients_developer on clients (developer_id);
CREATE TABLE client_secrets (
      id text primary key not null,
      client_row_id text not null references clients (id),
      sealed_secret text not null,
      created_at bigint not null,
      retires_at bigint,
      retired_by text,
      last_used_at bigint
    );
CREATE INDEX client_secrets_client on client_secrets (client_row_id);
CREATE TABLE authorization_requests (
      id text primary key not null,
      client_id text not null references clients (client_id),
      user_id text not null references users (id),
      redirect_uri text not null,
      scopes text not null,
      client_state text,
      code_challenge text,
      state text not null,
      created_at bigint not null,
      expires_at bigint not null,
      decided_at bigint,
      approved_scopes text not null,
      rejected_scopes text not null
    );
CREATE INDEX authorization_requests_client on authorization_requests (client_id, created_at);
CREATE INDEX authorization_requests_user on authorization_requests (user_id, client_id, created_at);
CREATE TABLE authorization_codes (
      id text primary key not null,
      code_hash text not null unique,
      request_id text not null unique references authorization_requests (id),
      client_id text not null,
      user_id text not null,
      project_id text not null,
      redirect_uri text not null,
      approved_scopes text not null,
      not_after bigint not null,
      code_challenge text,
      created_at bigint not null,
      expires_at bigint not null,
      spent_at bigint,
      revoked_at bigint,
      grant_id text
    );
CREATE INDEX authorization_codes_client on authorization_codes (client_id, expires_at);
CREATE INDEX authorization_codes_age on authorization_codes (created_at);
CREATE TABLE grants (
      id text primary key not null,
      user_id text not null,
      client_id text not null,
      project_id text not null,
      request_id text not null,
      scopes text not null,
      created_at bigint not null,
      not_after bigint not null,
      state text not null,
      revoked_at bigint,
      revoked_by text
    );
CREATE INDEX grants_user on grants (user_id, client_id, not_after);
CREATE INDEX grants_client on grants (client_id, not_after);
CREATE TABLE api_keys (
      id text primary key not null,
      project_id text not null,
      grant_id text not null,
      name text not null,
      head text not null unique,
      sealed_secret text not null,
      version smallint not null,
      created_at bigint not null,
      revoked_at bigint
    );
CREATE INDEX api_keys_grant on api_keys (grant_id);
CREATE TABLE replay_marks (
      mark text primary key not null,
      expires_at bigint not null
    );
CREATE INDEX replay_marks_end on replay_marks (expires_at);
CREATE TABLE token_requests (
      trace_id text primary key not null,
      at bigint not null,
      dialect text not null,
      client_id text,
      filed_under text not null,
      authenticated smallint not null,
      outcome text not null,
      reason text,
      status smallint not null,
      steps text not null,
      request text not null,
      grant_id text,
      duration_ms double precision not null
    );
CREATE INDEX token_requests_age on token_requests (at);
CREATE INDEX token_requests_room on token_requests (filed_under, authenticated, at, trace_id);
CREATE TABLE token_request_counts (
      filed_under text not null,
      hour bigint not null,
      reason text not null,
      network text not null,
      requests bigint not null,
      primary key (filed_under, hour, reason, network)
    );
CREATE INDEX token_request_counts_age on token_request_counts (hour);
CREATE TABLE audit_events (
      id text primary key not null,
      at bigint not null,
      actor_kind text not null,
      actor_id text,
      user_id text,
      action text not null,
      resource text,
      outcome text not null,
      network text not null,
      trace_id text not null
    );
CREATE INDEX audit_events_user on audit_events (user_id, at, id) where user_id is not null;
CREATE TABLE limit_windows (
      key text primary key not null,
      hits bigint not null,
      resets_at bigint not null
    );
CREATE INDEX limit_windows_end on limit_windows (resets_at);
insert into schema_migrations (name) values ('0001-first');
insert into developers (id, email, full_name, company_name, password_hash, state, created_at) values ('019ca945-0a00-7d05-857e-ad7abddd31ee', 'grace@developers.example', 'Grace Hopper', '', '$argon2id$v=19$m=19456,t=2,p=1$mi6BqNRTtgdGLQwyX+tGeg$pjN+oiuAaba58Rrbodd2+pqrv/N1VXekv2vMaRwkXLM', 'active', 1772366400);
insert into users (id, email, full_name, company_name, password_hash, state, created_at) values ('019ca945-0a00-7cfc-ab16-e3dff12557a4', 'ada@people.example', 'Ada O''Neill — Ада', '', '$argon2id$v=19$m=19456,t=2,p=1$1mK8MJlHdVVGOLRNxZpylg$4VRMqvoJeyBRnJI56u88XP/u8F7lFCSpTSCgWgBWt54', 'active', 1772366400);
insert into sessions (token_hash, kind, account_id, created_at, expires_at, ttl_seconds) values ('pq436uW511zXNvUNlWwuJhlgQghbtGehSQWoqr0DVxA', 'developer', '019ca945-0a00-7d05-857e-ad7abddd31ee', 1772366400, 1772452800, 86400);
insert into sessions (token_hash, kind, account_id, created_at, expires_at, ttl_seconds) values ('Tb48Uyok2ENp1ppxzSTRwhD_9ite-OGrqHDq09kDYFQ', 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 1772366400, 1772452800, 86400);
insert into projects (id, user_id, name, salt, created_at) values ('019ca945-0a00-7b4f-b635-a99b28ddacf7', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'My first project', 'jfJOtdZBZxdgf2wRR9Xvxg==', 1772366400);
insert into clients (id, developer_id, client_id, name, description, redirect_uris, scopes, state, storx_profile, created_at, updated_at) values ('019ca945-0a00-7785-91ef-338a45b3a926', '019ca945-0a00-7d05-857e-ad7abddd31ee', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', 'Photos', 'Keeps "your" photos; it''s all \ there', '["https://photos.example/callback"]', '[]', 'active', 1, 1772366400, 1772366400);
insert into clients (id, developer_id, client_id, name, description, redirect_uris, scopes, state, storx_profile, created_at, updated_at) values ('019ca945-0a00-75ed-9b17-c9cb6a282ae0', '019ca945-0a00-7d05-857e-ad7abddd31ee', '53794857-aa44-4ed3-9b1b-f563077cac62', 'Films', '', '["https://photos.example/callback"]', '["read","list","bucket:films;2026/"]', 'active', 1, 1772366400, 1772366400);
insert into client_secrets (id, client_row_id, sealed_secret, created_at, retires_at, retired_by, last_used_at) values ('019ca945-0a00-7134-9080-386f29c7d1b4', '019ca945-0a00-7785-91ef-338a45b3a926', 'v1.bb95428e.onL7FTEY47WHeFOBXe_4m2M0SOr1DNeQ51E4owVM4_f-gz0Y5OFWlf2dr9X8ei-JnWocqr1tWVR5LwygtNIZ66eAHINRMnqdfAGFfLPzQu_0', 1772366400, null, null, 1772366465);
insert into client_secrets (id, client_row_id, sealed_secret, created_at, retires_at, retired_by, last_used_at) values ('019ca945-0a00-7140-a61f-f8efb869c826', '019ca945-0a00-75ed-9b17-c9cb6a282ae0', 'v1.bb95428e.6ZcsUte3eX31iM9aYVy3JjnZ3TEaJyhCpPzvlDc-W3oUqyk3u8kfQkpNdV1ClFTV8Y9gr1dfcX4A6vaC7GgoePpre52VHz7eAXt6dqpHGmPv', 1772366400, 1772452860, '019ca945-0a00-7d05-857e-ad7abddd31ee', 1772366460);
insert into client_secrets (id, client_row_id, sealed_secret, created_at, retires_at, retired_by, last_used_at) values ('019ca945-f460-783c-843d-903bb720eccc', '019ca945-0a00-75ed-9b17-c9cb6a282ae0', 'v1.bb95428e.ULZOjZ324nGqGf57hLDWoanc6VhcTjvIqyVBRTTKOibmhgTNQe1fM7QKS-kELAqGIiT-B2FX5bZOvnXxvHCqV2UbIf3zZJcHK3eqTf54aYbs', 1772366460, null, null, null);
insert into authorization_requests (id, client_id, user_id, redirect_uri, scopes, client_state, code_challenge, state, created_at, expires_at, decided_at, approved_scopes, rejected_scopes) values ('019ca945-f460-7292-940c-dcdb92dd5f0d', '53794857-aa44-4ed3-9b1b-f563077cac62', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'https://photos.example/callback', '["read","bucket:films;2026/"]', null, null, 'approved', 1772366460, 1772367060, 1772366460, '["read","bucket:films;2026/"]', '[]');
insert into authorization_requests (id, client_id, user_id, redirect_uri, scopes, client_state, code_challenge, state, created_at, expires_at, decided_at, approved_scopes, rejected_scopes) values ('019ca946-07e8-7606-876c-47792739e38b', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'https://photos.example/callback', '["read","write","list"]', null, null, 'approved', 1772366465, 1772367065, 1772366465, '["read","write","list"]', '[]');
insert into authorization_requests (id, client_id, user_id, redirect_uri, scopes, client_state, code_challenge, state, created_at, expires_at, decided_at, approved_scopes, rejected_scopes) values ('019ca946-07e8-7748-9964-f2e6c874764e', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'https://photos.example/callback', '["read"]', null, null, 'approved', 1772366465, 1772367065, 1772366465, '["read"]', '[]');
insert into authorization_requests (id, client_id, user_id, redirect_uri, scopes, client_state, code_challenge, state, created_at, expires_at, decided_at, approved_scopes, rejected_scopes) values ('019ca946-07e8-7fdc-8296-06d3596d6fb8', '53794857-aa44-4ed3-9b1b-f563077cac62', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'https://photos.example/callback', '["read","list","bucket:films;2026/"]', null, null, 'approved', 1772366465, 1772367065, 1772366465, '["read","list","bucket:films;2026/"]', '[]');
insert into authorization_requests (id, client_id, user_id, redirect_uri, scopes, client_state, code_challenge, state, created_at, expires_at, decided_at, approved_scopes, rejected_scopes) values ('019ca946-07e8-7bdb-bbd5-65d5bf89bd6f', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'https://photos.example/callback', '["read"]', null, null, 'waiting', 1772366465, 1772367065, null, '[]', '[]');
insert into authorization_requests (id, client_id, user_id, redirect_uri, scopes, client_state, code_challenge, state, created_at, expires_at, decided_at, approved_scopes, rejected_scopes) values ('019ca946-07e8-77ba-92d9-1d2b1780301b', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'https://photos.example/callback', '["read"]', null, null, 'rejected', 1772366465, 1772367065, 1772366465, '[]', '["read"]');
insert into authorization_codes (id, code_hash, request_id, client_id, user_id, project_id, redirect_uri, approved_scopes, not_after, code_challenge, created_at, expires_at, spent_at, revoked_at, grant_id) values ('019ca945-f460-7a1e-bb30-b18e896399b1', 'FFMtnbBvTU5PiLyTo3aNmn9lzTYV5Y6HXyyDYFoot1o', '019ca945-f460-7292-940c-dcdb92dd5f0d', '53794857-aa44-4ed3-9b1b-f563077cac62', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7b4f-b635-a99b28ddacf7', 'https://photos.example/callback', '["read","bucket:films;2026/"]', 1774958460, null, 1772366460, 1772367060, 1772366460, null, '019ca945-f460-7807-8464-f7312326a61d');
insert into authorization_codes (id, code_hash, request_id, client_id, user_id, project_id, redirect_uri, approved_scopes, not_after, code_challenge, created_at, expires_at, spent_at, revoked_at, grant_id) values ('019ca946-07e8-7e11-bb8c-42db7ce60d33', '2TlXbb37Aawv_ZDUp4LwxQGo00lykoKiRzUWx-cyCeY', '019ca946-07e8-7606-876c-47792739e38b', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7b4f-b635-a99b28ddacf7', 'https://photos.example/callback', '["read","write","list"]', 1774958465, null, 1772366465, 1772367065, 1772366465, null, '019ca946-07e8-7317-a502-4eb23fea4b26');
insert into authorization_codes (id, code_hash, request_id, client_id, user_id, project_id, redirect_uri, approved_scopes, not_after, code_challenge, created_at, expires_at, spent_at, revoked_at, grant_id) values ('019ca946-07e8-7113-9535-5e0aaa496c31', 'W5wgqxHFY0oQoFyVKTOE3Hu2TA_jFijEIkyQn8GJAIU', '019ca946-07e8-7748-9964-f2e6c874764e', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7b4f-b635-a99b28ddacf7', 'https://photos.example/callback', '["read"]', 1774958465, null, 1772366465, 1772367065, 1772366465, null, '019ca946-07e8-7dce-95bc-1c7c831644e8');
insert into authorization_codes (id, code_hash, request_id, client_id, user_id, project_id, redirect_uri, approved_scopes, not_after, code_challenge, created_at, expires_at, spent_at, revoked_at, grant_id) values ('019ca946-07e8-7510-8db9-9f44b48add64', '52Oyse-25TNYTZvnwmGDurk5DGwKoJdgeOx9nDaJnGw', '019ca946-07e8-7fdc-8296-06d3596d6fb8', '53794857-aa44-4ed3-9b1b-f563077cac62', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7b4f-b635-a99b28ddacf7', 'https://photos.example/callback', '["read","list","bucket:films;2026/"]', 1774958465, null, 1772366465, 1772367065, null, null, null);
insert into grants (id, user_id, client_id, project_id, request_id, scopes, created_at, not_after, state, revoked_at, revoked_by) values ('019ca945-f460-7807-8464-f7312326a61d', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '53794857-aa44-4ed3-9b1b-f563077cac62', '019ca945-0a00-7b4f-b635-a99b28ddacf7', '019ca945-f460-7292-940c-dcdb92dd5f0d', '["read","bucket:films;2026/"]', 1772366460, 1774958460, 'revoked', 1772366460, 'user');
insert into grants (id, user_id, client_id, project_id, request_id, scopes, created_at, not_after, state, revoked_at, revoked_by) values ('019ca946-07e8-7317-a502-4eb23fea4b26', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', '019ca945-0a00-7b4f-b635-a99b28ddacf7', '019ca946-07e8-7606-876c-47792739e38b', '["read","write","list"]', 1772366465, 1774958465, 'active', null, null);
insert into grants (id, user_id, client_id, project_id, request_id, scopes, created_at, not_after, state, revoked_at, revoked_by) values ('019ca946-07e8-7dce-95bc-1c7c831644e8', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', '019ca945-0a00-7b4f-b635-a99b28ddacf7', '019ca946-07e8-7748-9964-f2e6c874764e', '["read"]', 1772366465, 1774958465, 'active', null, null);
insert into api_keys (id, project_id, grant_id, name, head, sealed_secret, version, created_at, revoked_at) values ('019ca945-f460-79ba-b928-2c9e372977eb', '019ca945-0a00-7b4f-b635-a99b28ddacf7', '019ca945-f460-7807-8464-f7312326a61d', 'OAUTH2_API_KEY_FOR_53794857-aa44-4ed3-9b1b-f563077cac62_019ca945-f460-7292-940c-dcdb92dd5f0d', 'd540c92773c487c0be5ad2ce3b7d7fbd7e4145e20f9b7a36940e992bde57eff0', 'v1.bb95428e.tRWXsVaDg8ZnlOORN8hsKv_QhdGjFSQanOtURjWUtYLYH-Oi0R68Pu0RycKk6IGkXRQMoAmUYd0OjEXf', 1, 1772366460, 1772366460);
insert into api_keys (id, project_id, grant_id, name, head, sealed_secret, version, created_at, revoked_at) values ('019ca946-07e8-72f5-9708-3dd00d858a36', '019ca945-0a00-7b4f-b635-a99b28ddacf7', '019ca946-07e8-7317-a502-4eb23fea4b26', 'OAUTH2_API_KEY_FOR_cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2_019ca946-07e8-7606-876c-47792739e38b', 'fff4c46a2343bf84ff184fb5d031f96bab8b814e0004cb9821c94cfcc24376fd', 'v1.bb95428e.zgrChrndV84cpr4VJm00RQRBPC0FBdCFfb9aQ078-91bIushDuEDVzBVfCVmDm0NuWj-t8WtTavKGgOq', 1, 1772366465, null);
insert into api_keys (id, project_id, grant_id, name, head, sealed_secret, version, created_at, revoked_at) values ('019ca946-07e8-7d3d-ac31-0617b6fe59ef', '019ca945-0a00-7b4f-b635-a99b28ddacf7', '019ca946-07e8-7dce-95bc-1c7c831644e8', 'OAUTH2_API_KEY_FOR_cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2_019ca946-07e8-7748-9964-f2e6c874764e', '442df9658f7dacf9cdfc0b7093fdd172c5f6f49503680001d203744f27e5548a', 'v1.bb95428e.3aGB_xrxCfdJol8QWgRY0Lu5dWrH381DdfI4IFLISAKb_rdu1IDxp9LqyfTy07TCDEsyKV3owevqnXm3', 1, 1772366465, null);
insert into replay_marks (mark, expires_at) values ('qmFd1n-D_fs_tQ-PT-_iXcCTkVPTuV7dKFWIpEhJPwo', 1772366790);
insert into replay_marks (mark, expires_at) values ('gPXW4abq9iUQgYF0sp5dd6Usc97asBrcHQ0d74nvBKo', 1772366795);
insert into replay_marks (mark, expires_at) values ('OOR9phv7YB0i8fS0VHToepLIv9gUMJNC-z5Y1SbDaJY', 1772366795);
insert into token_requests (trace_id, at, dialect, client_id, filed_under, authenticated, outcome, reason, status, steps, request, grant_id, duration_ms) values ('408bf371055377a5954b622a9693c3d0', 1772366460, 'storx', '53794857-aa44-4ed3-9b1b-f563077cac62', '53794857-aa44-4ed3-9b1b-f563077cac62', 1, 'granted', null, 200, '[{"step":"parse_jwt","result":"passed","evidence":{"length":184,"parts":3,"sha256":"3d9134dd99bbc217755da083bbec93645f14af2602f49df96010dfedaa962e72","alg":"HS256","typ":null,"kid_sha256":null,"header_names":["alg"],"claim_names":["client_id","exp","jti"]}},{"step":"read_claims","result":"passed","evidence":{"profile":"storx","exp":1772366760,"server_time":1772366460}},{"step":"fetch_client","result":"passed","evidence":{"client_id":"53794857-aa44-4ed3-9b1b-f563077cac62"}},{"step":"verify_signature","result":"passed","evidence":{"alg":"HS256","secrets_tried":["019ca945-f460-783c-843d-903bb720eccc","019ca945-0a00-7140-a61f-f8efb869c826"],"secret_id":"019ca945-0a00-7140-a61f-f8efb869c826"}},{"step":"check_expiry","result":"passed","evidence":{"exp":1772366760,"server_time":1772366460,"skew":30}},{"step":"match_client_id","result":"passed","evidence":{"in_jwt":"53794857-aa44-4ed3-9b1b-f563077cac62","in_request":"53794857-aa44-4ed3-9b1b-f563077cac62"}},{"step":"check_jti","result":"passed","evidence":{"jti":true}},{"step":"find_code","result":"passed","evidence":{"code_id":"019ca945-f460-7a1e-bb30-b18e896399b1","request_id":"019ca945-f460-7292-940c-dcdb92dd5f0d","issued_at":1772366460}},{"step":"check_not_spent","result":"passed","evidence":{}},{"step":"check_code_expiry","result":"passed","evidence":{"expires_at":1772367060,"server_time":1772366460}},{"step":"match_redirect_uri","result":"passed","evidence":{}},{"step":"prove_possession","result":"passed","evidence":{"challenge":false,"verifier":false}},{"step":"find_project","result":"passed","evidence":{}},{"step":"derive_root_key","result":"passed","evidence":{"passphrase":"given"}},{"step":"spend_code","result":"passed","evidence":{"grant_id":"019ca945-f460-7807-8464-f7312326a61d"}}]', '{"content_type":"application/json","content_length":385,"parameters":["client_id","client_secret","redirect_uri","code","passphrase"],"missing":[],"misnamed":[],"in_address":[],"not_text":[],"unfit":[],"network":"127.0.0.1","user_agent":"lightMyRequest"}', '019ca945-f460-7807-8464-f7312326a61d', 0);
insert into token_requests (trace_id, at, dialect, client_id, filed_under, authenticated, outcome, reason, status, steps, request, grant_id, duration_ms) values ('3b494142f614e6eda995a8be34e3e1b2', 1772366465, 'storx', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', 1, 'granted', null, 200, '[{"step":"parse_jwt","result":"passed","evidence":{"length":184,"parts":3,"sha256":"b8c27eede26c3b892d41d3d35e0644c08556d3a65e837b6007b5fe1cae2500e9","alg":"HS256","typ":null,"kid_sha256":null,"header_names":["alg"],"claim_names":["client_id","exp","jti"]}},{"step":"read_claims","result":"passed","evidence":{"profile":"storx","exp":1772366765,"server_time":1772366465}},{"step":"fetch_client","result":"passed","evidence":{"client_id":"cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2"}},{"step":"verify_signature","result":"passed","evidence":{"alg":"HS256","secrets_tried":["019ca945-0a00-7134-9080-386f29c7d1b4"],"secret_id":"019ca945-0a00-7134-9080-386f29c7d1b4"}},{"step":"check_expiry","result":"passed","evidence":{"exp":1772366765,"server_time":1772366465,"skew":30}},{"step":"match_client_id","result":"passed","evidence":{"in_jwt":"cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2","in_request":"cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2"}},{"step":"check_jti","result":"passed","evidence":{"jti":true}},{"step":"find_code","result":"passed","evidence":{"code_id":"019ca946-07e8-7e11-bb8c-42db7ce60d33","request_id":"019ca946-07e8-7606-876c-47792739e38b","issued_at":1772366465}},{"step":"check_not_spent","result":"passed","evidence":{}},{"step":"check_code_expiry","result":"passed","evidence":{"expires_at":1772367065,"server_time":1772366465}},{"step":"match_redirect_uri","result":"passed","evidence":{}},{"step":"prove_possession","result":"passed","evidence":{"challenge":false,"verifier":false}},{"step":"find_project","result":"passed","evidence":{}},{"step":"derive_root_key","result":"passed","evidence":{"passphrase":"given"}},{"step":"spend_code","result":"passed","evidence":{"grant_id":"019ca946-07e8-7317-a502-4eb23fea4b26"}}]', '{"content_type":"application/json","content_length":385,"parameters":["client_id","client_secret","redirect_uri","code","passphrase"],"missing":[],"misnamed":[],"in_address":[],"not_text":[],"unfit":[],"network":"127.0.0.1","user_agent":"lightMyRequest"}', '019ca946-07e8-7317-a502-4eb23fea4b26', 0);
insert into token_requests (trace_id, at, dialect, client_id, filed_under, authenticated, outcome, reason, status, steps, request, grant_id, duration_ms) values ('2f9af1834c725ac05a371885167f5375', 1772366465, 'storx', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', 1, 'granted', null, 200, '[{"step":"parse_jwt","result":"passed","evidence":{"length":184,"parts":3,"sha256":"690ff427b58dd704324842788bc09919a9cee69b746d2a984f5b9517710f5d88","alg":"HS256","typ":null,"kid_sha256":null,"header_names":["alg"],"claim_names":["client_id","exp","jti"]}},{"step":"read_claims","result":"passed","evidence":{"profile":"storx","exp":1772366765,"server_time":1772366465}},{"step":"fetch_client","result":"passed","evidence":{"client_id":"cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2"}},{"step":"verify_signature","result":"passed","evidence":{"alg":"HS256","secrets_tried":["019ca945-0a00-7134-9080-386f29c7d1b4"],"secret_id":"019ca945-0a00-7134-9080-386f29c7d1b4"}},{"step":"check_expiry","result":"passed","evidence":{"exp":1772366765,"server_time":1772366465,"skew":30}},{"step":"match_client_id","result":"passed","evidence":{"in_jwt":"cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2","in_request":"cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2"}},{"step":"check_jti","result":"passed","evidence":{"jti":true}},{"step":"find_code","result":"passed","evidence":{"code_id":"019ca946-07e8-7113-9535-5e0aaa496c31","request_id":"019ca946-07e8-7748-9964-f2e6c874764e","issued_at":1772366465}},{"step":"check_not_spent","result":"passed","evidence":{}},{"step":"check_code_expiry","result":"passed","evidence":{"expires_at":1772367065,"server_time":1772366465}},{"step":"match_redirect_uri","result":"passed","evidence":{}},{"step":"prove_possession","result":"passed","evidence":{"challenge":false,"verifier":false}},{"step":"find_project","result":"passed","evidence":{}},{"step":"derive_root_key","result":"passed","evidence":{"passphrase":"given"}},{"step":"spend_code","result":"passed","evidence":{"grant_id":"019ca946-07e8-7dce-95bc-1c7c831644e8"}}]', '{"content_type":"application/json","content_length":385,"parameters":["client_id","client_secret","redirect_uri","code","passphrase"],"missing":[],"misnamed":[],"in_address":[],"not_text":[],"unfit":[],"network":"127.0.0.1","user_agent":"lightMyRequest"}', '019ca946-07e8-7dce-95bc-1c7c831644e8', 0);
insert into token_requests (trace_id, at, dialect, client_id, filed_under, authenticated, outcome, reason, status, steps, request, grant_id, duration_ms) values ('8678b3b2f5393a995079ecb2361c55d8', 1772366465, 'storx', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', 0, 'refused', 'jwt_malformed', 401, '[{"step":"parse_jwt","result":"failed","evidence":{"length":1,"parts":1,"problem":"three parts separated by dots expected, 1 found","cause":"parts_wrong"}},{"step":"fetch_client","result":"would_pass","evidence":{"client_id":"cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2"}},{"step":"find_code","result":"would_fail","evidence":{"length":1,"cause":"code_unknown"}}]', '{"content_type":"application/json","content_length":148,"parameters":["client_id","client_secret","redirect_uri","code","passphrase"],"missing":[],"misnamed":[],"in_address":[],"not_text":[],"unfit":[],"network":"127.0.0.1","user_agent":"lightMyRequest"}', null, 0);
insert into token_request_counts (filed_under, hour, reason, network, requests) values ('53794857-aa44-4ed3-9b1b-f563077cac62', 1772366400, '', '127.0.0.1', 1);
insert into token_request_counts (filed_under, hour, reason, network, requests) values ('cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', 1772366400, '', '127.0.0.1', 2);
insert into token_request_counts (filed_under, hour, reason, network, requests) values ('cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', 1772366400, 'jwt_malformed', '127.0.0.1', 1);
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca945-0a00-7fb9-8d0c-61eea284243c', 1772366400, 'developer', '019ca945-0a00-7d05-857e-ad7abddd31ee', null, 'developer.registered', '019ca945-0a00-7d05-857e-ad7abddd31ee', 'success', '127.0.0.1', 'ee9314c998c2fcaa5142cea31be91ce7');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca945-0a00-7f12-ac14-8b0e94f93af6', 1772366400, 'developer', '019ca945-0a00-7d05-857e-ad7abddd31ee', null, 'developer.signed_in', '019ca945-0a00-7d05-857e-ad7abddd31ee', 'success', '127.0.0.1', 'd13f6f082a665e6901ea4d6fd79ab98f');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca945-0a00-74da-a6f3-6cfb523685f7', 1772366400, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'user.registered', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'success', '127.0.0.1', 'f8f76e380585a13f7db152f09d3b1720');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca945-0a00-7b16-bf00-25b6c56082f8', 1772366400, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'user.signed_in', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'success', '127.0.0.1', '2bb0a5b59fdcca7a926e2491ee170a63');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca945-0a00-7404-81d8-94c955af8f3d', 1772366400, 'developer', '019ca945-0a00-7d05-857e-ad7abddd31ee', null, 'client.registered', '019ca945-0a00-7785-91ef-338a45b3a926', 'success', '127.0.0.1', '050dea48c15439d02c87315c3d064027');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca945-0a00-748d-8e90-d9c5b06736fe', 1772366400, 'developer', '019ca945-0a00-7d05-857e-ad7abddd31ee', null, 'client.registered', '019ca945-0a00-75ed-9b17-c9cb6a282ae0', 'success', '127.0.0.1', 'd6201f532ff817c0fe3b2b673bbe093d');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca945-f460-72df-a0dd-7534b0076396', 1772366460, 'developer', '019ca945-0a00-7d05-857e-ad7abddd31ee', null, 'client.secret_rotated', '019ca945-0a00-75ed-9b17-c9cb6a282ae0', 'success', '127.0.0.1', '77c578c07b89254a6617aa31e974d6fa');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca945-f460-708c-9eeb-8cdb3f4afbbf', 1772366460, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.requested', '019ca945-f460-7292-940c-dcdb92dd5f0d', 'success', '127.0.0.1', '04b0d11709e85da6f5dfa0d601b14fcf');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca945-f460-7bbe-b789-a55dd8ac60f0', 1772366460, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.approved', '019ca945-f460-7292-940c-dcdb92dd5f0d', 'success', '127.0.0.1', 'cb3eed45b31626a08b7dd69a7ca0be5c');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca945-f460-7efc-a1bd-980564275cac', 1772366460, 'client', '53794857-aa44-4ed3-9b1b-f563077cac62', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.redeemed', '019ca945-f460-7292-940c-dcdb92dd5f0d', 'success', '127.0.0.1', '408bf371055377a5954b622a9693c3d0');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca945-f460-7370-b0f9-b95891f07de6', 1772366460, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'access.revoked', '53794857-aa44-4ed3-9b1b-f563077cac62', 'success', '127.0.0.1', 'e048eaa8b421560272efa62d957b7869');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca946-07e8-7680-9639-b427fe1469b2', 1772366465, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.requested', '019ca946-07e8-7606-876c-47792739e38b', 'success', '127.0.0.1', '0a38e0e8d4a90d045e8cb9ad6f3c4128');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca946-07e8-7760-9731-c25b54151489', 1772366465, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.approved', '019ca946-07e8-7606-876c-47792739e38b', 'success', '127.0.0.1', '1b735464e7d4d42736b58bedd796211e');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca946-07e8-7c79-b828-c0a73d3cf0d3', 1772366465, 'client', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.redeemed', '019ca946-07e8-7606-876c-47792739e38b', 'success', '127.0.0.1', '3b494142f614e6eda995a8be34e3e1b2');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca946-07e8-7a05-abed-606f7db68de6', 1772366465, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.requested', '019ca946-07e8-7748-9964-f2e6c874764e', 'success', '127.0.0.1', '8a7736211c2b575e64ec5411c0aa6891');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca946-07e8-776a-a16b-338b6e312ac9', 1772366465, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.approved', '019ca946-07e8-7748-9964-f2e6c874764e', 'success', '127.0.0.1', '4a72b048284fda14c38c93d83a9d8bea');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca946-07e8-71fd-847a-8f96afdcf463', 1772366465, 'client', 'cd5ce5e1-27a1-47c4-8cdd-cf5040d904e2', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.redeemed', '019ca946-07e8-7748-9964-f2e6c874764e', 'success', '127.0.0.1', '2f9af1834c725ac05a371885167f5375');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca946-07e8-749d-8ef5-ef767c635789', 1772366465, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.requested', '019ca946-07e8-7fdc-8296-06d3596d6fb8', 'success', '127.0.0.1', 'bf4442a4b24150ee29991fd6a994f99c');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca946-07e8-7858-b360-46f6a5269956', 1772366465, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.approved', '019ca946-07e8-7fdc-8296-06d3596d6fb8', 'success', '127.0.0.1', 'f3c8eaf540801ccb846005c0b8a19756');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca946-07e8-7911-84f9-b378e3650f07', 1772366465, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.requested', '019ca946-07e8-7bdb-bbd5-65d5bf89bd6f', 'success', '127.0.0.1', '0f4298e5e79d8a09ad5973bf4f0cf50e');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca946-07e8-7255-98fc-4224766dbd70', 1772366465, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.requested', '019ca946-07e8-77ba-92d9-1d2b1780301b', 'success', '127.0.0.1', 'c574461b20c4fd36f47170a95edb1ac1');
insert into audit_events (id, at, actor_kind, actor_id, user_id, action, resource, outcome, network, trace_id) values ('019ca946-07e8-7297-9e38-d756c5b94ac9', 1772366465, 'user', '019ca945-0a00-7cfc-ab16-e3dff12557a4', '019ca945-0a00-7cfc-ab16-e3dff12557a4', 'oauth.rejected', '019ca946-07e8-77ba-92d9-1d2b1780301b', 'success', '127.0.0.1', '6f701c606f1a59d590f4984760c05f70');
insert into limit_windows (key, hits, resets_at) values ('uN471GLjLJ_NezDdGzTxRYWSq2bGE-S2FqnjmnCsn6Q', 2, 1772370000);
insert into limit_windows (key, hits, resets_at) values ('IJ2mOKd0x_Zys9vZd7yW5PvmByQpdd9IjxrQoX4nuh0', 2, 1772366700);
insert into limit_windows (key, hits, resets_at) values ('ma_kBUNcI_TOW91NdKdkom6zKA0808kLoyJVa85yTIE', 2, 1772370000);
insert into limit_windows (key, hits, resets_at) values ('4zDQfYr385TBzKuU9rLuizEPCgQuga0lNy1XUzUxhq8', 1, 1772370060);
insert into limit_windows (key, hits, resets_at) values ('tgSdnIP8zQNG6D5BFIl1w7VvbG_YdFHVWv0ZemtYDdE', 6, 1772367060);
insert into limit_windows (key, hits, resets_at) values ('-MBKMDLGF7BPRuX5mzSJmvB_t1P1M8sqNoNl_t6m9_o', 1, 1772370060);
