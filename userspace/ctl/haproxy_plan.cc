// SPDX-License-Identifier: Apache-2.0
#include "ctl/haproxy_plan.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace buddyring {
namespace {

// Of srv_admin_state: ordered for the slot itself (forced), by another that it tracks
// (inherited), or because its name has no address.
constexpr unsigned maintenance_bits = 0x01 | 0x02 | 0x20;
constexpr unsigned drain_bits = 0x08 | 0x10;

SlotState slot_state(unsigned admin_state) {
  if ((admin_state & maintenance_bits) != 0) {
    return SlotState::out;
  }
  return (admin_state & drain_bits) != 0 ? SlotState::draining : SlotState::serving;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream{line};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) {
    words.push_back(std::move(word));
  }
  return words;
}

template <class Number>
std::optional<Number> number(const std::string& text) {
  Number value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

// Columns by name: versions of HAProxy add some.
class Columns {
 public:
  explicit Columns(const std::vector<std::string>& names) {
    for (size_t index = 0; index < names.size(); ++index) {
      places_[names[index]] = index;
    }
  }
  [[nodiscard]] std::string of(const std::vector<std::string>& row, const char* name) const {
    const auto place = places_.find(name);
    return place != places_.end() && place->second < row.size() ? row[place->second] : "";
  }

 private:
  std::map<std::string, size_t> places_;
};

// As we write it, for HAProxy may write an IPv6 address otherwise; "" for what is none.
std::string address_text(const HaproxySlot& slot) {
  const auto address = Address::parse(slot.address);
  return address ? address->text() : "";
}

std::set<std::string> texts(const std::vector<Address>& addresses) {
  std::set<std::string> all;
  for (const Address& address : addresses) {
    all.insert(address.text());
  }
  return all;
}

// What a slot must be told so that it has its server's weight.
class Weights {
 public:
  explicit Weights(const std::vector<HaproxyServer>& servers) {
    for (const HaproxyServer& server : servers) {
      of_[server.address.text()] = server.weight;
      usual_ = usual_ && server.weight == usual_weight;
    }
  }
  // "" when it has it. REQUIRES a live server's address.
  [[nodiscard]] std::string change(const HaproxySlot& slot, const std::string& address) const {
    if (usual_) {
      return slot.weight == slot.configured ? "" : " weight 100%";  // of what is configured
    }
    const unsigned weight = of_.at(address);
    return slot.weight == weight ? "" : " weight " + std::to_string(weight);
  }

 private:
  static constexpr unsigned usual_weight = 100;
  std::map<std::string, unsigned> of_;
  bool usual_ = true;
};

Error malformed(const std::string& line) {
  return {ErrorKind::invalid, "'show servers state' of HAProxy says '" + line + "', which is not understood"};
}

}  // namespace

Result<std::vector<HaproxySlot>> parse_servers_state(const std::string& text, const std::string& backend) {
  std::vector<HaproxySlot> slots;
  std::optional<Columns> columns;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> words = words_of(line);
    if (!words.empty() && words.front() == "#") {
      words.erase(words.begin());
      columns.emplace(words);
    } else if (columns && !words.empty()) {
      const auto port = number<uint16_t>(columns->of(words, "srv_port"));
      const auto state = number<unsigned>(columns->of(words, "srv_admin_state"));
      const auto weight = number<unsigned>(columns->of(words, "srv_uweight"));
      const auto configured = number<unsigned>(columns->of(words, "srv_iweight"));
      const std::string name = columns->of(words, "srv_name");
      if (!port || !state || !weight || !configured || name.empty()) {
        return malformed(line);
      }
      slots.push_back({.name = name,
                       .address = columns->of(words, "srv_addr"),
                       .port = *port,
                       .state = slot_state(*state),
                       .weight = *weight,
                       .configured = *configured});
    }
  }
  if (slots.empty()) {
    const std::string said = text.substr(0, text.find('\n'));
    return Error{ErrorKind::not_found, "HAProxy has no slots in a backend " + backend +
                                           (columns ? "; give it a server-template" : ": it says '" + said + "'")};
  }
  return slots;
}

HaproxyPlan plan_haproxy(const std::string& backend, const std::vector<HaproxySlot>& slots,
                         const HaproxyServers& servers) {
  HaproxyPlan plan;
  const Weights weights{servers.live};
  std::set<std::string> wanted;
  for (const HaproxyServer& server : servers.live) {
    wanted.insert(server.address.text());
  }
  const std::set<std::string> drained = texts(servers.drained);
  const auto server_of = [&](const HaproxySlot& slot) { return "set server " + backend + "/" + slot.name; };
  std::vector<const HaproxySlot*> free;
  for (const HaproxySlot& slot : slots) {
    const bool in_use = slot.state != SlotState::out;
    const bool ours = in_use && slot.port == servers.port;
    if (ours && wanted.erase(address_text(slot)) != 0) {
      if (const std::string change = weights.change(slot, address_text(slot)); !change.empty()) {
        plan.commands.push_back(server_of(slot) + change);
        plan.weighted += 1;
      }
      if (slot.state == SlotState::draining) {
        plan.commands.push_back(server_of(slot) + " state ready");
        plan.added += 1;
      }
    } else if (ours && drained.contains(address_text(slot))) {
      if (slot.state == SlotState::serving) {
        plan.commands.push_back(server_of(slot) + " state drain");
        plan.drained += 1;
      }
    } else {
      free.push_back(&slot);
      if (in_use) {
        plan.commands.push_back(server_of(slot) + " state maint");
        plan.removed += 1;
      }
    }
  }
  const auto give = [&](const HaproxySlot& slot, const std::string& address) {
    plan.commands.push_back(server_of(slot) + " addr " + address + " port " + std::to_string(servers.port));
    if (const std::string change = weights.change(slot, address); !change.empty()) {
      plan.commands.push_back(server_of(slot) + change);
    }
    plan.commands.push_back(server_of(slot) + " state ready");
    plan.added += 1;
  };
  std::erase_if(free, [&](const HaproxySlot* slot) {
    const std::string had = address_text(*slot);
    const bool returns = wanted.erase(had) != 0;
    if (returns) {
      give(*slot, had);
    }
    return returns;
  });
  for (const HaproxySlot* slot : free) {
    if (wanted.empty()) {
      break;
    }
    give(*slot, *wanted.begin());
    wanted.erase(wanted.begin());
  }
  for (const std::string& address : wanted) {
    plan.left_out.push_back(address);
  }
  return plan;
}

}  // namespace buddyring
