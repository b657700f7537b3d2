// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/bird.h"

#include <fstream>
#include <stdexcept>

#include "posix/clock.h"

namespace buddyring::compare {
namespace {

constexpr auto up_patience = std::chrono::seconds{20};
constexpr auto down_patience = std::chrono::seconds{10};

// A line of BIRD about a session that changed, such as
// "bfd1: Session to 10.77.0.2 changed state from Up to Down".
bool tells(const std::string& line, const std::string& neighbour, const std::string& change) {
  return line.find("ession to " + neighbour + " ") != std::string::npos && line.find(change) != std::string::npos;
}

}  // namespace

Bird::Bird(lab::Lab& lab, lab::Host& host, const std::vector<std::string>& neighbours, const std::string& interval) {
  const std::string stem = lab.directory() + "/bird." + host.name();
  std::ofstream configuration(stem + ".conf");
  configuration << "log stderr all;\nrouter id " << host.address() << ";\nprotocol device { }\nprotocol bfd {\n"
                << "  debug all;\n  interface \"eth0\" { min rx interval " << interval << "; min tx interval "
                << interval << "; idle tx interval 100 ms; multiplier 3; };\n";
  for (const std::string& neighbour : neighbours) {
    configuration << "  neighbor " << neighbour << " dev \"eth0\";\n";
  }
  configuration << "}\n";
  configuration.close();
  process_ = std::make_unique<lab::Process>(
      host.inside(), lab::Command{.argv = {"bird", "-f", "-c", stem + ".conf", "-s", stem + ".ctl"},
                                  .log_path = lab.log_path("bird." + host.name())});
}

bool Bird::wait_up(const std::string& neighbour, Instant since) {
  return process_
      ->wait_line([&](const std::string& line) { return tells(line, neighbour, " to Up"); }, since, up_patience)
      .has_value();
}

std::optional<Instant> Bird::wait_down(const std::string& neighbour, Instant since) {
  const auto line = process_->wait_line(
      [&](const std::string& text) { return tells(text, neighbour, "from Up to Down"); }, since, down_patience);
  return line ? std::optional{line->read} : std::nullopt;
}

size_t Bird::downs(Instant since) {
  return process_
      ->lines([](const std::string& text) { return text.find("from Up to Down") != std::string::npos; }, since)
      .size();
}

BirdStar::BirdStar(lab::Lab& lab, unsigned others, const std::string& interval) {
  std::vector<std::string> addresses;
  for (unsigned number = 0; number <= others; ++number) {
    hosts_.push_back(lab.new_host("bird"));
    addresses.push_back(hosts_.back()->address());
  }
  const std::string watcher = addresses.front();
  addresses.erase(addresses.begin());
  birds_.push_back(std::make_unique<Bird>(lab, host(), addresses, interval));
  for (unsigned number = 0; number < others; ++number) {
    birds_.push_back(std::make_unique<Bird>(lab, other_host(number), std::vector{watcher}, interval));
  }
  for (const std::string& address : addresses) {
    if (!this->watcher().wait_up(address, Instant{})) {
      throw std::runtime_error("BIRD: no session with " + address + ": " + this->watcher().process().err());
    }
  }
}

double BirdStar::death_ms(unsigned number) {
  lab::Host& victim = other_host(number);
  const lab::Span cut = victim.cut();
  const auto down = watcher().wait_down(victim.address(), cut.before);
  const Instant mended = monotonic_now();
  victim.mend();
  if (!down || !watcher().wait_up(victim.address(), mended)) {
    throw std::runtime_error("BIRD: " + victim.address() +
                             " did not go down and come up: " + watcher().process().err());
  }
  return std::chrono::duration<double, std::milli>(*down - cut.before).count();
}

}  // namespace buddyring::compare
