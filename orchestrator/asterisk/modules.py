"""The modules that Asterisk loads; the first that is missing is named, none is loaded by chance."""

_CORE = (
    "res_timing_timerfd",
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    "res_sorcery_realtime",
    "res_sorcery_memory_cache",
    "res_crypto",
    "res_security_log",
    "res_musiconhold",
    "pbx_config",
    "app_dial",
    "app_playback",
    "app_stack",
    "bridge_simple",
    "bridge_softmix",
    "bridge_native_rtp",
    "bridge_holding",
)
_FUNCTIONS = (
    "func_base64",
    "func_callerid",
    "func_channel",
    "func_db",
    "func_devstate",
    "func_hangupcause",
    "func_logic",
    "func_pjsip_endpoint",
    "func_realtime",
    "func_strings",
)
_MEDIA = (
    "codec_alaw",
    "codec_g722",
    "codec_gsm",
    "codec_opus_open_source",
    "codec_resample",
    "codec_ulaw",
    "format_gsm",
    "format_ogg_opus_open_source",
    "format_pcm",
    "format_sln",
    "format_wav",
    "format_wav_gsm",
    "res_format_attr_opus",
    "chan_bridge_media",
    "chan_rtp",
    "res_rtp_asterisk",
    "res_rtp_multicast",
    "res_srtp",
)
_SIP = (
    "res_pjproject",
    "res_pjsip",
    "res_pjsip_session",
    "chan_pjsip",
    "res_pjsip_acl",
    "res_pjsip_authenticator_digest",
    "res_pjsip_caller_id",
    "res_pjsip_dialog_info_body_generator",
    "res_pjsip_diversion",
    "res_pjsip_dlg_options",
    "res_pjsip_dtmf_info",
    "res_pjsip_empty_info",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user",
    "res_pjsip_exten_state",
    "res_pjsip_header_funcs",
    "res_pjsip_nat",
    "res_pjsip_notify",
    "res_pjsip_outbound_authenticator_digest",
    "res_pjsip_outbound_publish",
    "res_pjsip_outbound_registration",
    "res_pjsip_path",
    "res_pjsip_pidf_body_generator",
    "res_pjsip_pubsub",
    "res_pjsip_refer",
    "res_pjsip_registrar",
    "res_pjsip_rfc3326",
    "res_pjsip_sdp_rtp",
    "res_pjsip_transport_websocket",
    "res_pjsip_xpidf_body_generator",
)
_ARI = (
    "res_http_websocket",
    "res_websocket_client",
    "res_stasis",
    "res_stasis_answer",
    "res_stasis_device_state",
    "res_stasis_playback",
    "res_stasis_recording",
    "res_stasis_snoop",
    "res_ari",
    "res_ari_model",
    "res_ari_applications",
    "res_ari_asterisk",
    "res_ari_bridges",
    "res_ari_channels",
    "res_ari_device_states",
    "res_ari_endpoints",
    "res_ari_events",
    "res_ari_playbacks",
    "res_ari_recordings",
    "res_ari_sounds",
    "app_stasis",
)

# Needed by every installation, in the order of loading.
MODULES = (*_CORE, *_FUNCTIONS, *_MEDIA, *_SIP, *_ARI)
# The driver of each kind of database.
DRIVERS = {"sqlite3": "res_config_sqlite3", "pgsql": "res_config_pgsql"}
# For comparisons with Asterisk's own queue, in measurements only.
NATIVE_QUEUE = ("app_queue",)
# Without these there is no call at all: Asterisk ends at its start when one does not load.
REQUIRED = frozenset(
    {"pbx_config", "res_sorcery_realtime", "chan_pjsip", "app_stasis", "res_ari_channels"}
)
