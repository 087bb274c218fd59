// The table of one instruction set: its file defines NT_TABLE and NT_NAME.
#define NT_ROTATE nt_rotate_f32
#include "rotate.h"
#include "round.h"
#include "scan_sums.h"
#include "codes.h"
#include "graph.h"

const nt_kernels NT_TABLE = {
    .name = NT_NAME,
    .linear_packed_count = nt_linear_packed_count,
    .linear_panel_count = nt_linear_panel_count,
    .linear_pack = nt_linear_pack,
    .linear_f32 = nt_linear_f32,
    .int8 = {
        .codes = nt_int8_codes,
        .row_bytes = nt_int8_row_bytes,
        .prepare = nt_int8_prepare,
        .panel_width = nt_int8_panel_width,
        .panel_bytes = nt_int8_panel_bytes,
        .pack = nt_int8_pack,
        .linear = nt_int8_linear,
    },
    .bf16 = {
        .row_bytes = nt_bf16_row_bytes,
        .prepare = nt_bf16_prepare,
        .panel_width = nt_bf16_panel_width,
        .panel_bytes = nt_bf16_panel_bytes,
        .pack = nt_bf16_pack,
        .linear = nt_bf16_linear,
    },
    .scan = {
        .dot_f32 = nt_scan_dot_f32,
        .distance_f32 = nt_scan_distance_f32,
        .dot_bf16 = nt_scan_dot_bf16,
        .distance_bf16 = nt_scan_distance_bf16,
        .dot_i8 = nt_scan_dot_i8,
        .dot_i4 = nt_scan_dot_i4,
        .differing = nt_scan_differing,
        .common = nt_scan_common,
        .pick_f32 = nt_scan_pick_f32,
        .pick_i32 = nt_scan_pick_i32,
        .probe_bits = nt_probe_bits,
        NT_ROUNDING,
        NT_SCAN_SUMS,
    },
    .rotate_f32 = nt_rotate_f32,
    .attention_scratch_count = nt_attention_scratch_count,
    .attention_f32 = nt_attention_f32,
    .layer_norm_f32 = nt_layer_norm_f32,
    .rms_norm_f32 = nt_rms_norm_f32,
    .gather_f32 = nt_gather_f32,
    .gather_sum_i8 = nt_gather_sum_i8,
    .add_scaled_f32 = nt_add_scaled_f32,
    .maximum_f32 = nt_maximum_f32,
    .scale_f32 = nt_scale_f32,
    .activate_f32 = nt_activate_f32,
    .gate_f32 = nt_gate_f32,
    .turn_f32 = nt_turn_f32,
    .dot_f32 = nt_dot_f32,
    .dot_rows_f32 = nt_dot_rows_f32,
    .graph = NT_GRAPHS,
    .widen_f16 = nt_widen_f16,
    .widen_bf16 = nt_widen_bf16,
    .probe_f32 = nt_probe_f32,
    .probe_i8 = nt_probe_i8,
    .probe_bf16 = nt_probe_bf16,
    .probe_read = nt_probe_read,
};
