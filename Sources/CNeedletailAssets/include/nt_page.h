// The server's page: its files as they are served, one table. No code.
#ifndef NT_PAGE_H
#define NT_PAGE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One file of the page. `index.html` is served at `/`, `docs.html` at `/docs`, every file at `/page/` and its name.
typedef struct nt_page_file {
  const char *_Nonnull name;
  /// The value of `Content-Type`.
  const char *_Nonnull media_type;
  const uint8_t *_Nonnull bytes;
  int64_t count;
} nt_page_file;

/// The files, in the order of their names.
extern const nt_page_file nt_page_files[];
extern const int32_t nt_page_file_count;
static inline nt_page_file nt_page_file_at(int32_t index) { return nt_page_files[index]; }

#ifdef __cplusplus
}
#endif
#endif
