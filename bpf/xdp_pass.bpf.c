/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Passes everything. On a veth pair XDP_TX reaches the peer only when the peer
 * carries an XDP program too; this one is for the far end.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int xdp_pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char program_license[] SEC("license") = "GPL";
