// Scans: scores of many stored rows for several queries. The instruction set has defined what scan_….h holds.

#include "scan_float.h"
#include "scan_bytes.h"
#include "scan_bits.h"
#include "scan_pick.h"
#include "scan_probe.h"
