// Written by scripts/dashboard-assets.
#include "Dashboard.h"

#if !defined(__has_embed)
#error "The dashboard's files are put in by #embed: Swift 6.2 or newer is needed"
#endif
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char api_js[] = {
#embed "assets/api.js"
};
static const unsigned char app_js[] = {
#embed "assets/app.js"
};
static const unsigned char base_css[] = {
#embed "assets/base.css"
};
static const unsigned char bulk_js[] = {
#embed "assets/bulk.js"
};
static const unsigned char charts_js[] = {
#embed "assets/charts.js"
};
static const unsigned char config_words_js[] = {
#embed "assets/config-words.js"
};
static const unsigned char favicon_svg[] = {
#embed "assets/favicon.svg"
};
static const unsigned char format_js[] = {
#embed "assets/format.js"
};
static const unsigned char history_list_js[] = {
#embed "assets/history-list.js"
};
static const unsigned char html_js[] = {
#embed "assets/html.js"
};
static const unsigned char index_html[] = {
#embed "assets/index.html"
};
static const unsigned char json_editor_js[] = {
#embed "assets/json-editor.js"
};
static const unsigned char json_tree_js[] = {
#embed "assets/json-tree.js"
};
static const unsigned char live_rows_js[] = {
#embed "assets/live-rows.js"
};
static const unsigned char live_js[] = {
#embed "assets/live.js"
};
static const unsigned char page_apps_js[] = {
#embed "assets/page-apps.js"
};
static const unsigned char page_clock_js[] = {
#embed "assets/page-clock.js"
};
static const unsigned char page_event_js[] = {
#embed "assets/page-event.js"
};
static const unsigned char page_events_js[] = {
#embed "assets/page-events.js"
};
static const unsigned char page_failures_js[] = {
#embed "assets/page-failures.js"
};
static const unsigned char page_function_js[] = {
#embed "assets/page-function.js"
};
static const unsigned char page_functions_js[] = {
#embed "assets/page-functions.js"
};
static const unsigned char page_job_js[] = {
#embed "assets/page-job.js"
};
static const unsigned char page_login_js[] = {
#embed "assets/page-login.js"
};
static const unsigned char page_nodes_js[] = {
#embed "assets/page-nodes.js"
};
static const unsigned char page_run_js[] = {
#embed "assets/page-run.js"
};
static const unsigned char page_runs_js[] = {
#embed "assets/page-runs.js"
};
static const unsigned char page_js[] = {
#embed "assets/page.js"
};
static const unsigned char pages_css[] = {
#embed "assets/pages.css"
};
static const unsigned char parts_js[] = {
#embed "assets/parts.js"
};
static const unsigned char reading_js[] = {
#embed "assets/reading.js"
};
static const unsigned char send_event_js[] = {
#embed "assets/send-event.js"
};
static const unsigned char step_panel_js[] = {
#embed "assets/step-panel.js"
};
static const unsigned char timeline_js[] = {
#embed "assets/timeline.js"
};
static const unsigned char virtual_rows_js[] = {
#embed "assets/virtual-rows.js"
};
static const unsigned char waterfall_js[] = {
#embed "assets/waterfall.js"
};
static const unsigned char openapi_json[] = {
#embed "../../docs/openapi.json"
};

static const DashboardAsset assets[] = {
    {"api.js", api_js, sizeof api_js},
    {"app.js", app_js, sizeof app_js},
    {"base.css", base_css, sizeof base_css},
    {"bulk.js", bulk_js, sizeof bulk_js},
    {"charts.js", charts_js, sizeof charts_js},
    {"config-words.js", config_words_js, sizeof config_words_js},
    {"favicon.svg", favicon_svg, sizeof favicon_svg},
    {"format.js", format_js, sizeof format_js},
    {"history-list.js", history_list_js, sizeof history_list_js},
    {"html.js", html_js, sizeof html_js},
    {"index.html", index_html, sizeof index_html},
    {"json-editor.js", json_editor_js, sizeof json_editor_js},
    {"json-tree.js", json_tree_js, sizeof json_tree_js},
    {"live-rows.js", live_rows_js, sizeof live_rows_js},
    {"live.js", live_js, sizeof live_js},
    {"page-apps.js", page_apps_js, sizeof page_apps_js},
    {"page-clock.js", page_clock_js, sizeof page_clock_js},
    {"page-event.js", page_event_js, sizeof page_event_js},
    {"page-events.js", page_events_js, sizeof page_events_js},
    {"page-failures.js", page_failures_js, sizeof page_failures_js},
    {"page-function.js", page_function_js, sizeof page_function_js},
    {"page-functions.js", page_functions_js, sizeof page_functions_js},
    {"page-job.js", page_job_js, sizeof page_job_js},
    {"page-login.js", page_login_js, sizeof page_login_js},
    {"page-nodes.js", page_nodes_js, sizeof page_nodes_js},
    {"page-run.js", page_run_js, sizeof page_run_js},
    {"page-runs.js", page_runs_js, sizeof page_runs_js},
    {"page.js", page_js, sizeof page_js},
    {"pages.css", pages_css, sizeof pages_css},
    {"parts.js", parts_js, sizeof parts_js},
    {"reading.js", reading_js, sizeof reading_js},
    {"send-event.js", send_event_js, sizeof send_event_js},
    {"step-panel.js", step_panel_js, sizeof step_panel_js},
    {"timeline.js", timeline_js, sizeof timeline_js},
    {"virtual-rows.js", virtual_rows_js, sizeof virtual_rows_js},
    {"waterfall.js", waterfall_js, sizeof waterfall_js},
    {"openapi.json", openapi_json, sizeof openapi_json},
};

size_t dashboardAssetCount(void) { return sizeof assets / sizeof assets[0]; }

DashboardAsset dashboardAsset(size_t index) { return assets[index]; }
