import { removedAction } from '../../domain/audit-chain.ts'
import type { Migration } from './migrate.ts'

const appendOnly = 'audit events are append-only'
const refuse = `begin select raise(abort, '${appendOnly}'); end`
const facts = [
  'id',
  'at',
  'actor_kind',
  'actor_id',
  'user_id',
  'action',
  'resource',
  'outcome',
  'network',
  'trace_id',
]
/** How far the clock of a server may be from that of the database, in seconds. */
const slack = 3600

/**
 * What an anchor must keep to, so that nobody can say less than was removed: it is a place of the chain, `newest_at` is
 * as young as the youngest it lets go and never goes back, it is taken now, and the newest event says so.
 */
const anchorFits = (now: string) => `
  exists (select 1 from audit_events where seq = new.seq and chain_hash = new.chain_hash)
  and new.newest_at >= (select max(at) from audit_events where seq <= new.seq)
  and new.newest_at >= coalesce((select max(newest_at) from audit_anchors), new.newest_at)
  and new.removed_at >= new.newest_at
  and abs(new.removed_at - ${now}) <= ${slack}
  and exists (
    select 1 from audit_events
    where seq = (select max(seq) from audit_events where seq is not null) and seq > new.seq
      and action = '${removedAction}' and outcome = 'success' and at = new.removed_at
      and resource = new.seq || ':' || new.chain_hash
  )`

/**
 * Audit events get a place in a chain, and the database refuses to change or remove them.
 *
 * A server of the version before goes on adding events that have no place yet: they get one later, which is the one
 * change allowed. Removed is only what comes before an anchor, and an anchor is taken only where it fits the chain and
 * its newest event tells of it.
 */
export const auditChain: Migration = {
  name: '0005-audit-chain',
  statements: [
    'alter table audit_events add column seq bigint',
    'alter table audit_events add column chain_hash text',
    'create unique index if not exists audit_events_chain on audit_events (seq) where seq is not null',
    'create index if not exists audit_events_unchained on audit_events (id) where seq is null',
    `create table audit_anchors (
      seq bigint primary key not null,
      chain_hash text not null,
      newest_at bigint not null,
      removed_at bigint not null
    )`,
  ],
  sqlite: [
    // `insert or replace` would remove a row without asking a trigger of `delete`.
    `create trigger audit_events_added before insert on audit_events
      when exists (select 1 from audit_events where id = new.id)
        or exists (select 1 from audit_events where seq = new.seq) ${refuse}`,
    `create trigger audit_events_changed before update on audit_events
      when old.seq is not null or new.seq is null or new.chain_hash is null
        or ${facts.map((column) => `new.${column} is not old.${column}`).join(' or ')} ${refuse}`,
    `create trigger audit_events_removed before delete on audit_events
      when old.seq is null or old.seq > coalesce((select max(seq) from audit_anchors), 0) ${refuse}`,
    `create trigger audit_anchors_added before insert on audit_anchors
      when (${anchorFits("cast(strftime('%s', 'now') as integer)")}) is not true ${refuse}`,
    `create trigger audit_anchors_changed before update on audit_anchors ${refuse}`,
    `create trigger audit_anchors_removed before delete on audit_anchors
      when old.seq = (select max(seq) from audit_anchors) ${refuse}`,
  ],
  postgres: [
    `create function audit_events_guard() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' then
          if old.seq is null and new.seq is not null and new.chain_hash is not null
            and (${facts.map((column) => `new.${column}`).join(', ')})
              is not distinct from (${facts.map((column) => `old.${column}`).join(', ')}) then
            return new;
          end if;
        elsif tg_op = 'DELETE' then
          if old.seq <= (select max(seq) from audit_anchors) then return old; end if;
        end if;
        raise exception '${appendOnly}' using errcode = 'restrict_violation';
      end $$`,
    `create function audit_anchors_guard() returns trigger language plpgsql as $$
      begin
        if tg_op = 'INSERT' then
          if ${anchorFits('extract(epoch from now())::bigint')} then
            return new;
          end if;
        elsif tg_op = 'DELETE' then
          if old.seq < (select max(seq) from audit_anchors) then return old; end if;
        end if;
        raise exception '${appendOnly}' using errcode = 'restrict_violation';
      end $$`,
    `create trigger audit_events_kept before update or delete on audit_events
      for each row execute function audit_events_guard()`,
    `create trigger audit_events_whole before truncate on audit_events
      for each statement execute function audit_events_guard()`,
    `create trigger audit_anchors_kept before insert or update or delete on audit_anchors
      for each row execute function audit_anchors_guard()`,
    `create trigger audit_anchors_whole before truncate on audit_anchors
      for each statement execute function audit_anchors_guard()`,
  ],
}
