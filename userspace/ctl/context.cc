// SPDX-License-Identifier: Apache-2.0
#include "ctl/context.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <iostream>

namespace buddyring {
namespace {

// Whose login it is, or "root" and the like where nobody's login is known.
std::string login_name() {
  std::array<char, 256> name{};
  if (::getlogin_r(name.data(), name.size()) == 0 && is_valid_name(name.data())) {
    return name.data();
  }
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> text{};
  ::getpwuid_r(::geteuid(), &entry, text.data(), text.size(), &found);
  return found != nullptr ? found->pw_name : "";
}

}  // namespace

std::string Context::operator_name() const {
  std::string by = options.text("by", login_name());
  if (!is_valid_name(by)) {
    throw UsageError("--by '" + by + "' is not acceptable; give 1 to 63 letters, digits, '.', '_' or '-'");
  }
  return by;
}

std::string server_argument(const Context& context) {
  const std::string& server = context.arguments.front();
  if (!is_valid_name(server)) {
    throw UsageError("'" + server + "' is no server's name; buddyctl ring lists them");
  }
  return server;
}

RegistryClient Context::registry() const {
  RegistryAccess access = registry_access(options);
  return RegistryClient{std::move(access.urls), std::move(access.password), std::move(access.tls_ca)};
}

void Context::print(const Json& json_form, const std::string& text_form) const {
  if (json()) {
    print_json(json_form);
  } else {
    std::cout << text_form;
  }
}

namespace {

po::options_description describe_metrics() {
  po::options_description metrics{"Settings of metrics", help_columns};
  const auto text = [](const char* value) { return po::value<std::string>()->value_name(value); };
  auto add = metrics.add_options();
  add("listen", text("ADDR:PORT"), "serve /metrics there over HTTP; port 0 lets the kernel choose");
  add("textfile", text("FILE"), "write to this file, for node_exporter's collector");
  return metrics;
}

}  // namespace

po::options_description describe_ctl_settings() {
  po::options_description settings{"Settings", help_columns};
  const auto text = [](const char* value) { return po::value<std::string>()->value_name(value); };
  add_registry_options(settings);
  add_key_option(settings);
  auto add = settings.add_options();
  add("pool", text("NAME"), "the pool that a command is about");
  add("server", text("NAME"), "status, top, metrics, reload, upgrade, rejoin --here: which of the agents on this host");
  add("pin-root", text("DIRECTORY"), "the same and doctor: where agents pin their maps (/sys/fs/bpf/buddyring)");
  add("exclude", po::value<std::vector<std::string>>()->composing()->value_name("NAME"),
      "pick: not this server; may be repeated");
  add("by", text("NAME"), "whatever an operator does: who wants it, for the audit (the login name)");
  add("why", text("TEXT"), "the same: what for, for the audit");
  add("here", po::bool_switch(), "rejoin: the server of this host's agent");
  add("for", text("DURATION"), "pause: how long, such as 30m or 2h, up to 24h");
  add("yes", po::bool_switch(), "remove: do not ask");
  add("follow", po::bool_switch(), "events: go on with what happens, until SIGTERM");
  add("limit", text("N"), "events, history: the latest so many, up to 1000 (20)");
  add("json", po::bool_switch(), "print JSON, errors included");
  po::options_description install{"Settings of registry install", help_columns};
  auto add_to_install = install.add_options();
  add_to_install("agent-account", text("NAME"), "give this account the rights of buddyd");
  add_to_install("agent-account-password-file", text("FILE"), "make it, or give it this password");
  add_to_install("router-account", text("NAME"), "give this account the rights of buddyrouter");
  add_to_install("router-account-password-file", text("FILE"), "make it, or give it this password");
  add_to_install("operator-account", text("NAME"), "give this account the rights of buddyctl");
  add_to_install("operator-account-password-file", text("FILE"), "make it, or give it this password");
  settings.add(install);
  settings.add(describe_metrics());
  po::options_description ping{"Settings of ping", help_columns};
  auto add_to_ping = ping.add_options();
  add_to_ping("count,c", text("N"), "requests to each host (5)");
  add_to_ping("interval,p", text("DURATION"), "between two requests to one host (1s)");
  add_to_ping("timeout,t", text("DURATION"), "a later reply is counted as late (1s)");
  add_to_ping("size,b", text("BYTES"), "data of a request, from 16 on (56)");
  add_to_ping("quiet,q", po::bool_switch(), "no line a reply and no histogram");
  add_to_ping("ipv4,4", po::bool_switch(), "IPv4 addresses of names only");
  add_to_ping("ipv6,6", po::bool_switch(), "IPv6 addresses of names only");
  add_to_ping("hardware-stamps", po::bool_switch(), "stamps of the network card, where it was set to take them");
  settings.add(ping);
  po::options_description doctor{"Settings of doctor", help_columns};
  doctor.add_options()("interface", po::value<std::vector<std::string>>()->value_name("NAME"),
                       "the network interface to look at; up to 4, as for buddyd");
  settings.add(doctor);
  po::options_description haproxy{"Settings of haproxy-sync", help_columns};
  auto add_to_haproxy = haproxy.add_options();
  add_to_haproxy("haproxy-socket", text("PATH"), "HAProxy's stats socket, of level admin");
  add_to_haproxy("backend", text("NAME"), "the backend with a server-template");
  add_to_haproxy("target-port", text("N"), "port of the servers that clients are sent to");
  add_to_haproxy("refresh", text("TIME"),
                 "how often to ask for the pool's version (5ms); top: to look at the maps (1s)");
  add_to_haproxy("once", po::bool_switch(), "make them equal and exit");
  settings.add(haproxy);
  return settings;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

void print_json(const Json& document) {
  std::cout << document.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace buddyring
