/** The kind of a field in a structured log, by its key: JSON lines, logfmt, records of `key: value` lines. */
import type { FieldKind } from '../base/fields.js';

const KEYS: Partial<Record<FieldKind, string>> = {
  message:
    'msg message event text body short_message description commandline install upgrade remove purge reinstall log',
  time: 'time ts t timestamp @timestamp datetime date eventtime start-date end-date asctime realtime_timestamp when created_at timegenerated timecreated',
  level: 'level lvl severity loglevel levelname priority log.level',
  host: 'host hostname computer machine node instance host.name syslog_hostname machinename',
  source:
    'service logger source app application component module program caller provider unit systemd_unit syslog_identifier comm name service.name',
  process: 'pid thread threadname process processid thread_name syslog_pid',
  person:
    'user username user_name usr account login principal actor owner requested-by user.name uid accountname remote_user subjectusername targetusername',
  address:
    'ip addr address client clientip client_ip remote remote_addr remoteaddr remote_ip source_ip src_ip ipaddress peer',
  method: 'method request_method http.method verb',
  resource: 'path url uri request request_uri route endpoint http.path target',
  status: 'status status_code statuscode code http_status response_code http.status_code',
  size: 'bytes size body_bytes_sent content_length',
  agent: 'user_agent useragent http_user_agent agent',
  referrer: 'referer referrer http_referer',
  upstream: 'upstream upstream_addr upstream_host upstream_cluster backend backend_name',
  id: 'id event_id eventid request_id requestid trace_id traceid span_id correlation_id',
};

const kinds = new Map<string, FieldKind>();
for (const [kind, keys] of Object.entries(KEYS)) for (const key of keys.split(' ')) kinds.set(key, kind as FieldKind);

/** @param key unchanged; case and marks before it are ignored */
export function kindOfKey(key: string): FieldKind {
  const plain = key.toLowerCase().replace(/^_+/, '');
  return kinds.get(plain) ?? kinds.get(plain.replaceAll(' ', '_')) ?? kinds.get(plain.replaceAll('_', '')) ?? 'text';
}
