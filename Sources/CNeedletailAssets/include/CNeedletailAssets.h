// CNeedletailAssets: files that every build carries, as constants in the program's read-only pages. No code.
//
// Each file is an array, 64-byte aligned, and its length in bytes; nothing is terminated by a zero.
#ifndef CNEEDLETAIL_ASSETS_H
#define CNEEDLETAIL_ASSETS_H

#include "nt_page.h"
#include "nt_regex_classes.h"
#include "nt_regex_properties.h"
#include "nt_scripts.h"
#include "nt_unicode.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One embedded file.
typedef struct nt_asset {
  const uint8_t *_Nonnull bytes;
  size_t count;
} nt_asset;

/// The bundled static model: safetensors with `embedding.weight` (int8, [tokens, features]) and `embedding.scale`
/// (float32, [tokens]). A text's vector is the mean of its tokens' rows, at length 1.
extern const nt_asset nt_asset_bundled_model;
/// Its vocabulary, one token a line, the line's number being the id: lower-case BERT WordPiece.
extern const nt_asset nt_asset_bundled_vocabulary;
/// The documents of the demo, one JSON object a line.
extern const nt_asset nt_asset_demo_corpus;
/// The questions of the demo, one JSON object a line.
extern const nt_asset nt_asset_demo_queries;
/// The description of the server's places: OpenAPI 3.1, JSON.
extern const nt_asset nt_asset_openapi;

#ifdef __cplusplus
}
#endif
#endif
