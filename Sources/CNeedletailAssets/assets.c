#include "CNeedletailAssets.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#define NT_ASSET _Alignas(64) static const uint8_t

NT_ASSET bundled_model[] = {
#embed "bundled-model.safetensors"
};
NT_ASSET bundled_vocabulary[] = {
#embed "bundled-vocab.txt"
};
NT_ASSET demo_corpus[] = {
#embed "corpus.jsonl"
};
NT_ASSET demo_queries[] = {
#embed "queries.jsonl"
};
NT_ASSET openapi[] = {
#embed "openapi.json"
};

const nt_asset nt_asset_bundled_model = {bundled_model, sizeof bundled_model};
const nt_asset nt_asset_bundled_vocabulary = {bundled_vocabulary, sizeof bundled_vocabulary};
const nt_asset nt_asset_demo_corpus = {demo_corpus, sizeof demo_corpus};
const nt_asset nt_asset_demo_queries = {demo_queries, sizeof demo_queries};
const nt_asset nt_asset_openapi = {openapi, sizeof openapi};
