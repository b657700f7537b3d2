// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/usage.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace buddyring::lab {
namespace {

Traffic read_traffic(const std::string& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t name = line.find("eth0:");
    if (name == std::string::npos) {
      continue;
    }
    std::istringstream fields(line.substr(name + 5));
    Traffic traffic;
    double other = 0;
    fields >> traffic.bytes_in >> traffic.packets_in;
    for (int field = 2; field < 8; ++field) {
      fields >> other;
    }
    fields >> traffic.bytes_out >> traffic.packets_out;
    return traffic;
  }
  throw std::runtime_error("no eth0 in " + path);
}

}  // namespace

Traffic traffic_of(Host& host) {
  return host.run([] { return read_traffic("/proc/thread-self/net/dev"); });
}

Traffic traffic_of(pid_t pid) { return read_traffic("/proc/" + std::to_string(pid) + "/net/dev"); }

double cpu_ns(pid_t pid) {
  double sum_ns = 0;
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
    std::ifstream file(thread.path() / "schedstat");
    double ran_ns = 0;
    file >> ran_ns;
    sum_ns += ran_ns;
  }
  if (gone) {
    throw std::runtime_error("process " + std::to_string(pid) + " has ended");
  }
  return sum_ns;
}

Memory memory_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  Memory memory;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    double kib = 0;
    words >> key >> kib;
    if (key == "VmRSS:") {
      memory.resident_kib = kib;
    } else if (key == "RssAnon:") {
      memory.own_kib = kib;
    }
  }
  return memory;
}

}  // namespace buddyring::lab
