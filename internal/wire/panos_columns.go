package wire

// panosColumns names the columns after the type of a log, in order, for PAN-OS
// 8.1 to 11.2: later versions only append, with the one exception that
// GLOBALPROTECT got its own type in 9.1. "-" is a column that is not used.
func panosColumns(kind string) string {
	switch kind {
	case "TRAFFIC":
		return panosSession + panosTraffic
	case "THREAT":
		return panosSession + panosThreat
	case "GLOBALPROTECT":
		return panosGlobalProtect
	case "SYSTEM":
		return panosSystem
	case "CONFIG":
		return panosConfig
	case "AUTHENTICATION":
		return panosAuthentication
	case "USERID":
		return panosUserID
	case "HIPMATCH", "HIP-MATCH":
		return panosHIPMatch
	case "CORRELATION":
		return panosCorrelation
	}
	return ""
}

const (
	// panosSession begins the logs of sessions.
	panosSession = "subtype - generated_time src dst nat_src nat_dst rule src_user dst_user app vsys src_zone dst_zone " +
		"in_interface out_interface log_action - session_id repeat_count src_port dst_port nat_src_port nat_dst_port " +
		"flags protocol action "
	// panosGroups is where a device stands.
	panosGroups = "dg_1 dg_2 dg_3 dg_4 vsys_name device_name "
	// panosDevices is what Device-ID knows of both ends.
	panosDevices = "src_category src_profile src_model src_vendor src_os src_os_version src_host src_mac " +
		"dst_category dst_profile dst_model dst_vendor dst_os dst_os_version dst_host dst_mac " +
		"container_id pod_namespace pod_name src_edl dst_edl host_id device_serial "

	panosTraffic = "bytes bytes_sent bytes_received packets start_time elapsed category - seqno action_flags " +
		"src_country dst_country - packets_sent packets_received session_end_reason " + panosGroups +
		"action_source src_vm_uuid dst_vm_uuid tunnel_id monitor_tag parent_session parent_start_time tunnel " +
		"sctp_assoc sctp_chunks sctp_chunks_sent sctp_chunks_received rule_uuid http2 app_flaps policy_id link_switches " +
		"sdwan_cluster sdwan_device_type sdwan_cluster_type sdwan_site dynamic_user_group xff " + panosDevices +
		"src_dag dst_dag session_owner high_res_time slice_type slice_differentiator app_subcategory app_category " +
		"app_technology app_risk app_characteristic app_container tunneled_app app_saas app_sanctioned offloaded " +
		"flow_type cluster "

	panosThreat = "misc threat category severity direction seqno action_flags src_country dst_country - content_type " +
		"pcap_id file_hash cloud url_index user_agent file_type xff_header referer sender subject recipient report_id " +
		panosGroups + "- src_vm_uuid dst_vm_uuid http_method tunnel_id monitor_tag parent_session parent_start_time tunnel " +
		"threat_category content_version - sctp_assoc payload_protocol http_headers url_categories rule_uuid http2 " +
		"dynamic_user_group xff " + panosDevices + "domain_edl src_dag dst_dag partial_hash high_res_time reason " +
		"justification slice_type app_subcategory app_category app_technology app_risk app_characteristic app_container " +
		"tunneled_app app_saas app_sanctioned cloud_report_id cluster flow_type "

	panosGlobalProtect = "subtype - generated_time vsys event_id stage auth_method tunnel_type src_user src_region " +
		"machine_name public_ip public_ip6 private_ip private_ip6 host_id device_serial client_version client_os " +
		"client_os_version repeat_count reason error description status location login_duration connect_method " +
		"error_code portal seqno action_flags high_res_time selection_type response_time priority attempted_gateways " +
		"gateway " + panosGroups + "vsys_id cluster "

	panosSystem = "subtype - generated_time vsys event_id object - - module severity description seqno action_flags " +
		panosGroups + "- - high_res_time "

	panosConfig = "subtype - generated_time host vsys command admin client result path seqno action_flags " +
		"before after " + panosGroups + "dg_id comment - high_res_time "

	panosAuthentication = "subtype - generated_time vsys src src_user normalized_user object policy repeat_count auth_id " +
		"vendor log_action server_profile description client_type event_type factor seqno action_flags " + panosGroups +
		"vsys_id auth_protocol rule_uuid high_res_time src_category src_profile src_model src_vendor src_os " +
		"src_os_version src_host src_mac region - user_agent session_id "

	panosUserID = "subtype - generated_time vsys src src_user source_name event_id repeat_count timeout src_port dst_port " +
		"source source_type seqno action_flags " + panosGroups + "vsys_id factor_type factor_time factor_number " +
		"group_flags user_by_source tag_name high_res_time origin "

	panosHIPMatch = "subtype - generated_time src_user vsys machine_name os src hip repeat_count hip_type - - seqno " +
		"action_flags " + panosGroups + "vsys_id src6 host_id device_serial device_mac high_res_time "

	panosCorrelation = "subtype - generated_time src src_user vsys category severity " + panosGroups +
		"vsys_id object_name object_id evidence "
)
