// SPDX-License-Identifier: Apache-2.0
#include "core/registry_url.h"

#include <algorithm>
#include <charconv>

#include "core/address.h"
#include "core/limits.h"

namespace buddyring {
namespace {

constexpr std::string_view scheme = "mysql://";
constexpr size_t user_bytes_max = 80;  // MariaDB's limits
constexpr size_t database_bytes_max = 64;
constexpr size_t host_bytes_max = 253;

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// True for 1 to `most` letters, digits and characters of `others`.
bool consists_of(std::string_view text, size_t most, std::string_view others) {
  return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), [others](char c) {
    return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
  });
}

// An IPv6 address, which may name the interface of a link-local one: fe80::1%eth0.
bool is_bracketed_host(std::string_view text) {
  const size_t percent = text.find('%');
  const auto address = Address::parse(text.substr(0, percent));
  const bool zone_named =
      percent == std::string_view::npos || consists_of(text.substr(percent + 1), host_bytes_max, "._-");
  return address && !address->is_v4() && zone_named;
}

// Says what is wrong and how it should look, but never repeats the URL: it may
// hold a password.
Error wrong(std::string_view what) {
  return {ErrorKind::invalid,
          "registry URL: " + std::string(what) + "; it should look like mysql://USER@HOST:PORT/DATABASE"};
}

}  // namespace

std::string RegistryUrl::text() const { return std::string(scheme) + user + "@" + endpoint() + "/" + database; }

std::string RegistryUrl::endpoint() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<RegistryUrl> parse_registry_url(std::string_view text) {
  if (!text.starts_with(scheme)) {
    return wrong("it does not start with mysql://");
  }
  text.remove_prefix(scheme.size());

  RegistryUrl url;
  // The last '@', because a password may contain one.
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos) {
    return wrong("USER is missing");
  }
  url.user = text.substr(0, at);
  text.remove_prefix(at + 1);
  if (url.user.find(':') != std::string::npos) {
    return wrong("it holds a password, which would show in the process list: use a password file");
  }
  if (!consists_of(url.user, user_bytes_max, "._-")) {
    return wrong("USER must be letters, digits, '.', '_' or '-'");
  }

  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || !consists_of(text.substr(slash + 1), database_bytes_max, "_-$")) {
    return wrong("DATABASE must be letters, digits, '_', '-' or '$'");
  }
  url.database = text.substr(slash + 1);
  text = text.substr(0, slash);

  const bool is_v6 = text.starts_with('[');
  const size_t host_end = is_v6 ? text.find(']') : text.find(':');
  if (is_v6 && host_end == std::string_view::npos) {
    return wrong("']' is missing after the address");
  }
  url.host = is_v6 ? text.substr(1, host_end - 1) : text.substr(0, host_end);
  if (is_v6 ? !is_bracketed_host(url.host) : !consists_of(url.host, host_bytes_max, "._-")) {
    return wrong("HOST must be a host's name, an IPv4 address, or an IPv6 address in brackets");
  }
  text = host_end == std::string_view::npos ? "" : text.substr(host_end + (is_v6 ? 1 : 0));
  if (!text.empty()) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + 1, end, url.port);
    if (text.front() != ':' || error != std::errc{} || stop != end || url.port == 0) {
      return wrong("PORT must be 1 to 65535");
    }
  }
  return url;
}

Result<std::vector<RegistryUrl>> parse_registry_urls(std::string_view text) {
  // Without a comma between USER and DATABASE it is one endpoint, and right or wrong as such.
  const size_t at = text.rfind('@');
  const size_t slash = at == std::string_view::npos ? at : text.find('/', at);
  const std::string_view hosts =
      slash == std::string_view::npos ? std::string_view() : text.substr(at + 1, slash - at - 1);
  std::vector<RegistryUrl> urls;
  for (size_t begin = 0; begin <= hosts.size();) {
    const size_t end = std::min(hosts.find(',', begin), hosts.size());
    const std::string one = hosts.empty()
                                ? std::string(text)
                                : std::string(text.substr(0, at + 1)) + std::string(hosts.substr(begin, end - begin)) +
                                      std::string(text.substr(slash));
    auto url = parse_registry_url(one);
    if (!url) {
      return url.error();
    }
    urls.push_back(std::move(url.value()));
    begin = end + 1;
  }
  if (urls.size() > limits::registry_endpoints_max) {
    return wrong("it names more than " + std::to_string(limits::registry_endpoints_max) + " endpoints");
  }
  return urls;
}

}  // namespace buddyring
