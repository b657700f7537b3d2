// SPDX-License-Identifier: Apache-2.0
// A blocking HTTP client of the smallest kind, and plain TCP for bad manners.
//
// A socket belongs to the namespace it was opened in, whoever uses it: only the
// opening happens on the host's thread, so several threads can ask at once.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "core/address.h"
#include "posix/fd.h"
#include "tests/lab/host.h"

namespace buddyring::lab {

inline constexpr auto http_timeout = std::chrono::milliseconds{2000};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// A connection with `timeout` on each send and receive; invalid when it was refused.
[[nodiscard]] Fd connect_from(Host& from, const Endpoint& to, std::chrono::milliseconds timeout = http_timeout);

// Sends it all; false when the other side has closed.
bool send_all(const Fd& connection, const std::string& bytes);
// Everything up to the other side's close, or to the timeout: then nothing.
[[nodiscard]] std::optional<std::string> receive_to_close(const Fd& connection);

// Nothing when there was no complete answer in time.
[[nodiscard]] std::optional<HttpResponse> http_get(Host& from, const Endpoint& to, const std::string& path,
                                                   const std::map<std::string, std::string>& headers = {});

// The host of "http://10.77.0.1:80/x" or "http://[2001:db8::1]:80/x", without brackets.
[[nodiscard]] std::string host_of_url(const std::string& url);

}  // namespace buddyring::lab
