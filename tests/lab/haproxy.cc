// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/haproxy.h"

#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "ctl/haproxy_socket.h"

namespace buddyring::lab {
namespace {

std::vector<std::string> cells_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> cells;
  for (std::string cell; std::getline(stream, cell, ',');) {
    cells.push_back(cell);
  }
  return cells;
}

}  // namespace

Haproxy::Haproxy(Lab& lab, Host& host, const std::string& name, const std::string& sections)
    : host_(host),
      configuration_(lab.directory() + "/" + name + ".cfg"),
      socket_(lab.directory() + "/" + name + ".sock"),
      log_path_(lab.log_path(name)) {
  std::ofstream(configuration_) << "global\n  nbthread 2\n  stats socket " << socket_ << " level admin\n"
                                << "defaults\n  mode http\n  retries 0\n  timeout connect 1s\n  timeout client 5s\n"
                                << "  timeout server 1s\n"
                                << sections;
  start();
}

void Haproxy::start() {
  process_ = std::make_unique<Process>(
      host_.inside(), Command{.argv = {"haproxy", "-db", "-f", configuration_}, .log_path = log_path_});
}

void Haproxy::start_anew() {
  process_->end();
  start();
}

std::set<std::string> Haproxy::with(const std::string& backend, const std::string& status) const {
  const auto said = HaproxySocket(socket_).ask("show stat " + backend + " 4 -1");
  if (!said.ok()) {
    return {};
  }
  std::istringstream lines(said.value());
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> names = cells_of(line);
  std::set<std::string> found;
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = cells_of(line);
    std::map<std::string, std::string> row;
    for (size_t index = 0; index < std::min(names.size(), cells.size()); ++index) {
      row[names[index]] = cells[index];
    }
    if (row["status"] == status) {
      const std::string& at = row["addr"];
      found.insert(at.substr(0, at.rfind(':')));
    }
  }
  return found;
}

std::string haproxy_origin(uint16_t port, const std::string& body) {
  return "frontend origin\n  bind :" + std::to_string(port) +
         "\n  http-request return status 200 content-type text/plain string " + body + "\n";
}

std::string haproxy_slots(uint16_t listen_port, unsigned count) {
  return "frontend clients\n  bind :" + std::to_string(listen_port) +
         "\n  default_backend web\nbackend web\n  server-template web 1-" + std::to_string(count) +
         " 0.0.0.0:80 disabled\n";
}

Command haproxy_sync(Lab& lab, const std::string& pool, const std::string& socket, uint16_t target_port) {
  return {.argv = {lab.program("buddyctl"), "haproxy-sync", "--registry=" + lab.registry_url(),
                   "--registry-password-file=" + lab.password_file(), "--pool=" + pool, "--haproxy-socket=" + socket,
                   "--backend=web", "--target-port=" + std::to_string(target_port)},
          .log_path = lab.log_path(pool + ".haproxy-sync")};
}

}  // namespace buddyring::lab
