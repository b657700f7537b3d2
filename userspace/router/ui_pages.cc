// SPDX-License-Identifier: Apache-2.0
#include "router/ui_pages.h"

#include <algorithm>
#include <string>

#include "router_ui.h"

namespace buddyring {
namespace {

// Only our own files, from here; nothing inline, nobody's frame, no form, no other base. A server's
// name that held markup could do nothing, and the page never makes markup of text anyway.
constexpr const char* content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

// The file that is asked for; "" for none.
std::string_view file_of(std::string_view path) {
  if (!path.starts_with(ui_path)) {
    return "";
  }
  path.remove_prefix(ui_path.size());
  if (path.empty()) {
    return "index.html";
  }
  return path.front() == '/' && path != "/index.html" ? path.substr(1) : "";
}

}  // namespace

Answer ui_page(std::string_view method, std::string_view path) {
  if (path == "/") {
    return {302, {{"Location", std::string{ui_path}}, {"Cache-Control", "no-store"}}, ""};
  }
  const std::string_view file = file_of(path);
  const auto* const page = std::ranges::find(embedded_pages, file, &EmbeddedPage::name);
  if (page == std::end(embedded_pages)) {
    return error_answer(404, "not_found", "there are /.buddyring/ui and /.buddyring/events");
  }
  if (method != "GET" && method != "HEAD") {
    return only_reading();
  }
  return {200,
          {{"Content-Type", std::string{page->content_type}},
           {"Cache-Control", "no-store"},
           {"Content-Security-Policy", content_policy},
           {"X-Content-Type-Options", "nosniff"},
           {"Referrer-Policy", "no-referrer"},
           {"Cross-Origin-Resource-Policy", "same-origin"}},
          std::string{page->text}};
}

}  // namespace buddyring
