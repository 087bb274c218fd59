// The tiles of one precision, one for each number of rows.

NT_TILE(1) NT_TILE(2) NT_TILE(3) NT_TILE(4) NT_TILE(5) NT_TILE(6)
#if NT_N_ROWS > 6
NT_TILE(7) NT_TILE(8)
#endif
#if NT_N_ROWS > 8
NT_TILE(9) NT_TILE(10) NT_TILE(11) NT_TILE(12)
#endif

static const NT_N(tile) NT_N(tiles)[] = {
    NT_N(tile_1), NT_N(tile_2), NT_N(tile_3), NT_N(tile_4), NT_N(tile_5), NT_N(tile_6),
#if NT_N_ROWS > 6
    NT_N(tile_7), NT_N(tile_8),
#endif
#if NT_N_ROWS > 8
    NT_N(tile_9), NT_N(tile_10), NT_N(tile_11), NT_N(tile_12),
#endif
};

#undef NT_TILE
