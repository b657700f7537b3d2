// SPDX-License-Identifier: Apache-2.0
// The operators' page: its files, and what a browser is allowed to do with them.
#pragma once

#include <string_view>

#include "router/answer.h"

namespace buddyring {

// Where the page is; its other files are below, and the events that it listens to are beside it.
inline constexpr std::string_view ui_path = "/.buddyring/ui";
inline constexpr std::string_view ui_events_path = "/.buddyring/events";

// `path` without a query. 404 for what is none of the page's files, 405 for what is no reading of
// one, 302 from "/" to the page.
[[nodiscard]] Answer ui_page(std::string_view method, std::string_view path);

}  // namespace buddyring
