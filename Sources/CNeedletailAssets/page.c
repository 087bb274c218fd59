#include "nt_page.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#define NT_FILE _Alignas(64) static const uint8_t
#define NT_ROW(name, type, bytes) {name, type, bytes, sizeof bytes}
#define HTML "text/html; charset=utf-8"
#define PICTURE "image/svg+xml"
#define SCRIPT "text/javascript; charset=utf-8"
#define STYLE "text/css; charset=utf-8"

NT_FILE page_api_js[] = {
#embed "page/api.js"
};
NT_FILE page_app_js[] = {
#embed "page/app.js"
};
NT_FILE page_canvas_js[] = {
#embed "page/canvas.js"
};
NT_FILE page_colours_js[] = {
#embed "page/colours.js"
};
NT_FILE page_docs_html[] = {
#embed "page/docs.html"
};
NT_FILE page_docs_js[] = {
#embed "page/docs.js"
};
NT_FILE page_dom_js[] = {
#embed "page/dom.js"
};
NT_FILE page_favicon_svg[] = {
#embed "page/favicon.svg"
};
NT_FILE page_filters_js[] = {
#embed "page/filters.js"
};
NT_FILE page_format_js[] = {
#embed "page/format.js"
};
NT_FILE page_gestures_js[] = {
#embed "page/gestures.js"
};
NT_FILE page_grid_js[] = {
#embed "page/grid.js"
};
NT_FILE page_heatmap_js[] = {
#embed "page/heatmap.js"
};
NT_FILE page_index_html[] = {
#embed "page/index.html"
};
NT_FILE page_map_js[] = {
#embed "page/map.js"
};
NT_FILE page_metrics_js[] = {
#embed "page/metrics.js"
};
NT_FILE page_models_js[] = {
#embed "page/models.js"
};
NT_FILE page_pick_js[] = {
#embed "page/pick.js"
};
NT_FILE page_prometheus_js[] = {
#embed "page/prometheus.js"
};
NT_FILE page_route_js[] = {
#embed "page/route.js"
};
NT_FILE page_search_js[] = {
#embed "page/search.js"
};
NT_FILE page_similarity_js[] = {
#embed "page/similarity.js"
};
NT_FILE page_sparkline_js[] = {
#embed "page/sparkline.js"
};
NT_FILE page_states_js[] = {
#embed "page/states.js"
};
NT_FILE page_style_css[] = {
#embed "page/style.css"
};
NT_FILE page_theme_js[] = {
#embed "page/theme.js"
};
NT_FILE page_tokens_js[] = {
#embed "page/tokens.js"
};

const nt_page_file nt_page_files[] = {
    NT_ROW("api.js", SCRIPT, page_api_js),
    NT_ROW("app.js", SCRIPT, page_app_js),
    NT_ROW("canvas.js", SCRIPT, page_canvas_js),
    NT_ROW("colours.js", SCRIPT, page_colours_js),
    NT_ROW("docs.html", HTML, page_docs_html),
    NT_ROW("docs.js", SCRIPT, page_docs_js),
    NT_ROW("dom.js", SCRIPT, page_dom_js),
    NT_ROW("favicon.svg", PICTURE, page_favicon_svg),
    NT_ROW("filters.js", SCRIPT, page_filters_js),
    NT_ROW("format.js", SCRIPT, page_format_js),
    NT_ROW("gestures.js", SCRIPT, page_gestures_js),
    NT_ROW("grid.js", SCRIPT, page_grid_js),
    NT_ROW("heatmap.js", SCRIPT, page_heatmap_js),
    NT_ROW("index.html", HTML, page_index_html),
    NT_ROW("map.js", SCRIPT, page_map_js),
    NT_ROW("metrics.js", SCRIPT, page_metrics_js),
    NT_ROW("models.js", SCRIPT, page_models_js),
    NT_ROW("pick.js", SCRIPT, page_pick_js),
    NT_ROW("prometheus.js", SCRIPT, page_prometheus_js),
    NT_ROW("route.js", SCRIPT, page_route_js),
    NT_ROW("search.js", SCRIPT, page_search_js),
    NT_ROW("similarity.js", SCRIPT, page_similarity_js),
    NT_ROW("sparkline.js", SCRIPT, page_sparkline_js),
    NT_ROW("states.js", SCRIPT, page_states_js),
    NT_ROW("style.css", STYLE, page_style_css),
    NT_ROW("theme.js", SCRIPT, page_theme_js),
    NT_ROW("tokens.js", SCRIPT, page_tokens_js),
};
const int32_t nt_page_file_count = sizeof nt_page_files / sizeof nt_page_files[0];
