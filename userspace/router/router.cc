// SPDX-License-Identifier: Apache-2.0
#include "router/router.h"

#include <csignal>
#include <cstdio>
#include <optional>

#include "posix/clock.h"
#include "posix/service_manager.h"
#include "posix/stop_signals.h"
#include "registry/client.h"
#include "router/answers.h"
#include "router/http_server.h"
#include "router/painter.h"
#include "router/pool_view.h"
#include "router/refresher.h"
#include "router/settings.h"
#include "router/ui_server.h"
#include "router/watchers.h"

namespace buddyring {
namespace {

// The operators' page, with a connection to the table of its own.
class Ui {
 public:
  Ui(const RouterSettings& settings, const PoolView& view, const Log& log)
      : client_(settings.registry.urls, settings.registry.password, settings.registry.tls_ca),
        server_(settings.ui.value(), watchers_),
        painter_(client_, settings.pool, view, watchers_, log) {
    log.info("ui", {{"address", server_.endpoint().address.text()}, {"port", server_.endpoint().port}},
             monotonic_now());
  }

 private:
  RegistryClient client_;
  Watchers watchers_;
  UiServer server_;
  Painter painter_;
};

void serve(const RouterSettings& settings) {
  block_stop_signals();
  const Log log{settings.log_level};
  // The refresher's thread feeds the watchdog; ready and stopping are this one's.
  ServiceManager manager;
  RegistryClient client{settings.registry.urls, settings.registry.password, settings.registry.tls_ca};
  PoolView view;
  std::vector<std::string> endpoints;
  for (const RegistryUrl& url : settings.registry.urls) {
    endpoints.push_back(url.endpoint());
  }
  Answers answers{{.pool = settings.pool,
                   .endpoints = std::move(endpoints),
                   .scheme = settings.scheme,
                   .target_port = settings.target_port,
                   .max_staleness = settings.max_staleness,
                   .sticky = settings.sticky,
                   .access_log = settings.access_log},
                  view,
                  log};
  const Refresher refresher{client, settings.pool, settings.refresh, view, manager, log};
  std::optional<Ui> ui;
  if (settings.ui) {
    ui.emplace(settings, view, log);
  }
  const HttpServer server{
      {.listen = settings.listen, .connections = settings.connections, .client_timeout = settings.client_timeout},
      answers,
      log};
  log.info("listening", {{"address", server.endpoint().address.text()}, {"port", server.endpoint().port}},
           monotonic_now());
  manager.ready("Serving pool " + settings.pool);
  const int signal = wait_for_stop_signal();
  manager.stopping();
  log.info("stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}}, monotonic_now());
}

}  // namespace

int run_router(const std::vector<std::string>& arguments) {
  try {
    if (const auto settings = router_settings(arguments)) {
      serve(*settings);
    }
    return 0;
  } catch (const UsageError& error) {
    std::fprintf(stderr, "buddyrouter: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "buddyrouter: %s\n", error.what());
    return 1;
  }
}

}  // namespace buddyring
