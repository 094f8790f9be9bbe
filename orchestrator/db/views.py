"""The SQL views that Asterisk reads instead of configuration files.

They are derived from the tables, so migrations drop them before and make them after every
upgrade; a revision never changes a view. Asterisk looks objects up by `WHERE id = '...'`: every
arm of a view is a plain join, so that this condition reaches a unique index.

Values are text, booleans are yes and no. Only free text may be NULL: in whole lists the SQLite
driver turns NULL into an empty text, which as a number or a word of a list loses the object.
Disabled devices, users and trunks are not there, but for credentials of trunks. A hot-desk phone is
that of the user who is logged in, and has a context of its own while nobody is. Devices and trunks
of suspended tenants are: their people can call for help, and the orchestrator refuses all else
(`routing/first_step.py`, decision 0015). Their trunks do not register, and while the orchestrator
is away they can only call for help, too.
"""

# ruff: noqa: S608  The SQL below is put together from constants of this file only.

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

VIEWS = (
    "ps_endpoints",
    "ps_auths",
    "ps_aors",
    "ps_endpoint_id_ips",
    "ps_registrations",
    "survival",
    "survival_trunk",
)

# The tree is at most platform > reseller > reseller > customer; whoever stands below a suspended
# tenant is suspended too.
_ACTIVE = """
    JOIN tenants t ON t.id = {row}.tenant_id AND NOT t.suspended
    LEFT JOIN tenants p ON p.id = t.parent_id
    LEFT JOIN tenants g ON g.id = p.parent_id
"""
_NOT_SUSPENDED = "NOT coalesce(p.suspended, false) AND NOT coalesce(g.suspended, false)\n"

_DEVICES = (
    "devices d LEFT JOIN users u ON u.id = d.user_id AND NOT u.disabled\n"
    "JOIN tenants t ON t.id = d.tenant_id\n"
    "LEFT JOIN extensions e ON e.owner_kind = 'user' AND e.owner_id = u.id\n"
    "WHERE NOT d.disabled AND (d.hot_desk OR u.id IS NOT NULL)"
)
_TRUNKS = "trunks k JOIN tenants t ON t.id = k.tenant_id\nWHERE NOT k.disabled"
_WORKING_TRUNKS = (
    "trunks k" + _ACTIVE.format(row="k") + "WHERE NOT k.disabled AND " + _NOT_SUSPENDED
)

_NAME = "replace(replace(replace(u.first_name || ' ' || u.last_name, '\"', ''), '<', ''), '>', '')"
_HOST = "CASE WHEN k.host LIKE '%:%' THEN '[' || k.host || ']' ELSE k.host END"
_PORT = "CASE WHEN k.port = 0 THEN '' ELSE ':' || CAST(k.port AS TEXT) END"
_PARAMETER = "CASE WHEN k.transport = 'udp' THEN '' ELSE ';transport=' || k.transport END"
_SERVER = f"'sip:' || {_HOST} || {_PORT} || {_PARAMETER}"
_PROXY = "CASE WHEN k.outbound_proxy <> '' THEN 'sip:' || k.outbound_proxy || ';lr' END"
_AUTHENTICATES = "k.secret <> ''"
# Asterisk itself takes the caller from P-Asserted-Identity, Remote-Party-ID or From, in that
# order, or from From alone (`trust_id_inbound`); all else needs the headers.
_NEEDS_HEADERS = "k.called_from = 'to' OR k.caller_from IN ('pai', 'rpid')"


_MUSIC_OF_TENANT = (
    "(SELECT {{text}}(o.calls, {{music}}) FROM tenant_options o"
    " WHERE o.tenant_id = {row}.tenant_id)"
)
_MUSIC_OF_USER = (
    "coalesce((SELECT w.music_id FROM memberships m JOIN departments w ON w.id = m.department_id"
    " WHERE m.user_id = u.id AND m.is_main), " + _MUSIC_OF_TENANT.format(row="d") + ")"
)


class Free(str):
    """SQL of a text that people typed, in which `;` and `^` may occur."""

    __slots__ = ()


# Disabled trunks too: their provider asks who it is that unregisters.
_CREDENTIALS = f"trunks k WHERE {_AUTHENTICATES}"

# Columns of a view: name -> (SQL for a device, SQL for a trunk).
_ENDPOINTS = {
    "id": ("d.sip_username", "k.endpoint"),
    "context": (
        "CASE WHEN u.id IS NULL THEN 'hot-desk' ELSE 'device' END",
        f"CASE WHEN {_NEEDS_HEADERS} THEN 'trunk-headers' ELSE 'trunk' END",
    ),
    "aors": ("d.sip_username", "k.endpoint"),
    "auth": ("d.sip_username", "NULL"),
    "outbound_auth": ("NULL", f"CASE WHEN {_AUTHENTICATES} THEN k.endpoint END"),
    "outbound_proxy": ("NULL", Free(_PROXY)),
    "allow": ("d.codecs", "k.codecs"),
    "callerid": (
        Free(f"CASE WHEN e.number IS NOT NULL THEN trim({_NAME}) || ' <' || e.number || '>' END"),
        "NULL",
    ),
    "from_user": ("NULL", Free("NULLIF(k.from_user, '')")),
    "from_domain": ("NULL", Free("NULLIF(k.from_domain, '')")),
    "set_var": ("'CENTRALE_TENANT=' || t.slug", "'CENTRALE_TENANT=' || t.slug"),
    "language": (
        "lower(substr(coalesce(NULLIF(u.language, ''), t.language), 1, 2))",
        "lower(substr(t.language, 1, 2))",
    ),
    # What the other party hears when a phone puts it on hold; unknown classes are the default one.
    "moh_suggest": (
        f"coalesce({_MUSIC_OF_USER}, 'default')",
        f"coalesce({_MUSIC_OF_TENANT.format(row='k')}, 'default')",
    ),
    "subscribe_context": ("'hints-' || t.slug", "NULL"),
    "direct_media": ("'no'", "'no'"),
    "force_rport": ("'yes'", "'yes'"),
    "rewrite_contact": ("'yes'", "'no'"),
    "rtp_symmetric": ("'yes'", "'yes'"),
    "ice_support": ("'no'", "'no'"),
    "webrtc": ("CASE WHEN d.kind = 'web_client' THEN 'yes' ELSE 'no' END", "'no'"),
    "dtls_auto_generate_cert": (
        "CASE WHEN d.kind = 'web_client' THEN 'yes' ELSE 'no' END",
        "'no'",
    ),
    "media_encryption": (
        "CASE WHEN d.kind = 'web_client' THEN 'dtls' WHEN d.srtp THEN 'sdes' ELSE 'no' END",
        "CASE WHEN k.srtp THEN 'sdes' ELSE 'no' END",
    ),
    "dtmf_mode": ("CASE WHEN d.kind = 'web_client' THEN 'rfc4733' ELSE 'auto' END", "'rfc4733'"),
    "send_pai": ("'yes'", "CASE WHEN k.identity IN ('pai', 'both') THEN 'yes' ELSE 'no' END"),
    "send_rpid": ("'no'", "CASE WHEN k.identity IN ('rpid', 'both') THEN 'yes' ELSE 'no' END"),
    "trust_id_inbound": ("'no'", "CASE WHEN k.caller_from = 'from' THEN 'no' ELSE 'yes' END"),
    "trust_id_outbound": ("'yes'", "'yes'"),
    "send_diversion": ("'no'", "'yes'"),
    "allow_transfer": ("'yes'", "'no'"),
    "notify_early_inuse_ringing": ("'yes'", "'no'"),
    "rtp_timeout": ("'60'", "'60'"),
    "rtp_timeout_hold": ("'3600'", "'3600'"),
    "timers": ("'yes'", "'yes'"),
    "transport": ("NULL", "'transport-' || k.transport"),
}
_AUTHS = {
    "id": ("d.sip_username", "k.endpoint"),
    "auth_type": ("'userpass'", "'userpass'"),
    "username": ("d.sip_username", Free("coalesce(NULLIF(k.auth_username, ''), k.username)")),
    "password": (Free("d.sip_secret"), Free("k.secret")),
}
_AORS = {
    "id": ("d.sip_username", "k.endpoint"),
    "contact": ("NULL", Free(_SERVER)),
    "max_contacts": ("d.max_contacts", "'0'"),
    "remove_existing": ("'yes'", "'no'"),
    "minimum_expiration": ("'60'", "'60'"),
    "default_expiration": ("'300'", "'300'"),
    "maximum_expiration": ("'600'", "'600'"),
    "support_path": ("'yes'", "'no'"),
    "qualify_frequency": ("'0'", "k.qualify_seconds"),
}

# Columns of views that only trunks are in.
_IDENTIFY = {
    "id": "k.endpoint",
    "endpoint": "k.endpoint",
    "match": "(SELECT {join}(a.address, ',') FROM trunk_addresses a WHERE a.trunk_id = k.id)",
    "srv_lookups": "'no'",
}
_REGISTRATIONS = {
    "id": "k.endpoint",
    "server_uri": Free(_SERVER),
    "client_uri": Free(
        f"'sip:' || k.username || '@' || coalesce(NULLIF(k.from_domain, ''), {_HOST})"
    ),
    "contact_user": Free("k.username"),
    "outbound_auth": f"CASE WHEN {_AUTHENTICATES} THEN k.endpoint END",
    "outbound_proxy": Free(_PROXY),
    "transport": "'transport-' || k.transport",
    "line": "'yes'",
    "endpoint": "k.endpoint",
    "expiration": "'300'",
    "retry_interval": "'30'",
    "forbidden_retry_interval": "'120'",
    "fatal_retry_interval": "'120'",
    "max_retries": "'1000000'",
    # Without it a new trunk takes up to ten seconds until it registers.
    "max_random_initial_delay": "'2'",
    "auth_rejection_permanent": "'no'",
}

_USER_DIAL = (
    "(SELECT {join}('PJSIP/' || d.sip_username, '&') FROM devices d"
    " WHERE d.user_id = u.id AND NOT d.disabled)"
)

# Calls that the dialplan connects by itself while the orchestrator is away.
_SURVIVAL_USERS = f"""
SELECT t.slug || '-' || e.number AS key, {_USER_DIAL} AS dial, CAST(NULL AS TEXT) AS caller_id,
'no' AS emergency
FROM extensions e JOIN users u ON e.owner_kind = 'user' AND e.owner_id = u.id AND NOT u.disabled
{_ACTIVE.format(row="e")}WHERE {_NOT_SUSPENDED}
AND EXISTS (SELECT 1 FROM devices d WHERE d.user_id = u.id AND NOT d.disabled)
AND NOT EXISTS (
    SELECT 1 FROM emergency_numbers n WHERE n.tenant_id = e.tenant_id AND n.number = e.number
)
"""
_OWN_TRUNK = """
SELECT k.id FROM trunks k WHERE k.id = n.trunk_id AND NOT k.disabled AND k.outbound
"""
_ANY_TRUNK = """
SELECT k.id FROM trunks k WHERE k.tenant_id = n.tenant_id AND NOT k.disabled AND k.outbound
ORDER BY k.created_at, k.id LIMIT 1
"""
_SURVIVAL_EMERGENCY = f"""
SELECT t.slug || '-' || n.number, 'PJSIP/' || n.number || '@' || k.endpoint,
CAST(NULLIF(k.caller_id, '') AS TEXT), 'yes'
FROM emergency_numbers n JOIN tenants t ON t.id = n.tenant_id
JOIN trunks k ON k.id = coalesce(({_OWN_TRUNK}), ({_ANY_TRUNK}))
"""
_SURVIVAL_TRUNK = f"""
SELECT k.endpoint || '-' || n.number AS key, {_USER_DIAL} AS dial
FROM dids n
JOIN trunks k ON k.tenant_id = n.tenant_id AND (n.trunk_id = k.id OR n.trunk_id IS NULL)
    AND NOT k.disabled AND k.inbound
LEFT JOIN extensions e ON n.destination_kind = 'extension' AND e.owner_kind = 'user'
    AND e.tenant_id = n.tenant_id AND e.number = n.destination_ref
JOIN users u ON u.tenant_id = n.tenant_id AND NOT u.disabled
    AND u.id = CASE WHEN n.destination_kind = 'user' THEN n.destination_ref ELSE e.owner_id END
{_ACTIVE.format(row="n")}WHERE {_NOT_SUSPENDED}
AND EXISTS (SELECT 1 FROM devices d WHERE d.user_id = u.id AND NOT d.disabled)
AND (n.trunk_id IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM dids s WHERE s.trunk_id = k.id AND s.number = n.number
))
"""


def create_views(connection: Connection) -> None:
    """Make all views; they must not be there."""
    for name, body in _definitions(connection.dialect.name):
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {body}")


def drop_views(connection: Connection) -> None:
    """Remove all views that are there."""
    for name in VIEWS:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")


def _definitions(dialect: str) -> Iterator[tuple[str, str]]:
    """Name and SELECT of every view, as `dialect` has them."""
    both = {"ps_endpoints": _ENDPOINTS, "ps_auths": _AUTHS, "ps_aors": _AORS}
    for name, columns in both.items():
        devices = {column: sides[0] for column, sides in columns.items()}
        trunks = {column: sides[1] for column, sides in columns.items()}
        source = _CREDENTIALS if name == "ps_auths" else _TRUNKS
        arms = (_select(devices, _DEVICES, dialect), _select(trunks, source, dialect))
        yield name, " UNION ALL ".join(arms)
    has_address = " AND EXISTS (SELECT 1 FROM trunk_addresses a WHERE a.trunk_id = k.id)"
    registers = " AND k.registration = 'outbound'"
    yield "ps_endpoint_id_ips", _select(_IDENTIFY, _TRUNKS + has_address, dialect)
    yield "ps_registrations", _select(_REGISTRATIONS, _WORKING_TRUNKS + registers, dialect)
    yield "survival", _joins(f"{_SURVIVAL_USERS} UNION ALL {_SURVIVAL_EMERGENCY}", dialect)
    yield "survival_trunk", _joins(_SURVIVAL_TRUNK, dialect)


def _select(columns: Mapping[str, str], source: str, dialect: str) -> str:
    shown = ", ".join(f'{_text(name, sql, dialect)} AS "{name}"' for name, sql in columns.items())
    return _joins(f"SELECT {shown} FROM {source}", dialect)


def _text(name: str, sql: str, dialect: str) -> str:
    """`sql` as text. The id is text already, and SQLite finds no index through a CAST."""
    if name == "id" and dialect == "sqlite":
        return sql
    return f"CAST({_escaped(sql, dialect)} AS TEXT)"


def _escaped(sql: str, dialect: str) -> str:
    """Asterisk's PostgreSQL driver splits values at `;` and decodes `^XX`; SQLite's does not."""
    if isinstance(sql, Free) and dialect == "postgresql":
        return f"replace(replace({sql}, '^', '^5E'), ';', '^3B')"
    return sql


def _joins(sql: str, dialect: str) -> str:
    postgresql = dialect == "postgresql"
    sql = sql.replace("{join}", "string_agg" if postgresql else "group_concat")
    # A text in a JSON column.
    return sql.replace(
        "{text}", "json_extract_path_text" if postgresql else "json_extract"
    ).replace("{music}", "'music'" if postgresql else "'$.music'")
