// SPDX-License-Identifier: Apache-2.0
#include "tests/docs/visit.h"

#include <csignal>
#include <map>
#include <sstream>
#include <stdexcept>

#include "tests/docs/likeness.h"

namespace buddyring::docs {
namespace {

constexpr auto patience = std::chrono::seconds{60};
constexpr lab::Exit ended_well{.code = 0, .signal = 0};

std::string host_of(const Block& block) { return block.has("on") ? block.value("on") : "web-1"; }

// What a program needs besides the settings that are shown, unless they are among them.
struct Checked {
  std::string command;
  std::map<std::string, std::string> also;
};
const std::map<std::string, Checked> checks{
    {"buddyd",
     {"buddyd --check-config --config",
      {{"interface", "eth0"}, {"registry", "mysql://buddyd@db.example/buddyring"}, {"pool", "web"}}}},
    {"buddyrouter",
     {"buddyrouter --check-config --config",
      {{"listen", "10.1.0.1:8080"},
       {"registry", "mysql://buddyrouter@db.example/buddyring"},
       {"pool", "web"},
       {"target-port", "80"}}}},
    {"buddyctl", {"buddyctl --version --config", {}}},
    {"haproxy", {"haproxy -c -f", {}}},
    {"prometheus", {"promtool check config", {}}},
};

std::string text_of(lab::Exit exit) {
  return exit.signal != 0 ? "signal " + std::to_string(exit.signal) : std::to_string(exit.code);
}

// One command of a conversation, with what it is shown to say.
struct Exchange {
  std::string command;
  std::string shown;
};

std::vector<Exchange> exchanges_in(const std::string& text) {
  std::vector<Exchange> exchanges;
  bool goes_on = false;
  for (const std::string& line : lines_of(text)) {
    if (goes_on) {
      exchanges.back().command += "\n" + line;
    } else if (line.starts_with("# ")) {
      exchanges.push_back({line.substr(2), ""});
    } else if (!exchanges.empty()) {
      exchanges.back().shown += line + "\n";
      continue;
    } else {
      throw std::runtime_error("it begins with no `# COMMAND`");
    }
    goes_on = line.ends_with('\\');
  }
  return exchanges;
}

}  // namespace

std::string Visit::follow(const Block& block) {
  if (!place_.has(host_of(block))) {
    return "there is no host " + host_of(block);
  }
  try {
    if (block.has("until")) {
      return start(block);
    }
    if (block.has("check")) {
      const std::string wrong = check_settings(block);
      return wrong.empty() && block.has("run") ? start(block) : wrong;
    }
    if (block.language == "console") {
      return converse(block);
    }
    if (block.language == "sql") {
      return ask_database(block);
    }
    if (block.language == "json") {
      const std::string wrong = type(block, block.value("of"));
      return wrong.empty() ? unlike_json(block.text, said_) : wrong;
    }
    return type(block, block.text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

std::string Visit::type(const Block& block, const std::string& script) {
  const lab::Exit wanted{.code = block.has("exit") ? std::stoi(block.value("exit")) : 0, .signal = 0};
  const auto completed = place_.type(host_of(block), script);
  said_ = completed.out;
  return completed.exit == wanted ? ""
                                  : "it ended with " + text_of(completed.exit) + ":\n" + completed.out + completed.err;
}

std::string Visit::start(const Block& block) {
  const std::string command = block.language == "haproxy" ? "haproxy -db -f ~/checked" : block.text;
  started_.push_back({block.line, block.language == "sh", place_.start(host_of(block), command)});
  if (!block.has("until")) {
    return "";
  }
  lab::Process& process = *started_.back().process;
  const auto found =
      process.wait_line([&](const std::string& line) { return line.find(block.value("until")) != std::string::npos; },
                        Instant{}, patience);
  return found ? "" : "it never said " + block.value("until") + ":\n" + process.out() + process.err();
}

std::string Visit::converse(const Block& block) {
  for (const auto& [command, shown] : exchanges_in(block.text)) {
    if (const std::string wrong = type(block, command); !wrong.empty()) {
      return command + "\n" + wrong;
    }
    if (const std::string different = unlike_text(shown, said_); !different.empty()) {
      return command + "\n" + different;
    }
  }
  return "";
}

std::string Visit::ask_database(const Block& block) {
  std::istringstream text{block.text};
  std::vector<std::string> statements;
  for (std::string statement; std::getline(text, statement, ';');) {
    if (statement.find_first_not_of(" \n") != std::string::npos) {
      statements.push_back(statement);
    }
  }
  // On one connection, as whoever types them has it.
  place_.database().execute_all(statements, page_.words.at("begins") == "nothing" ? "" : "buddyring");
  return "";
}

std::string Visit::check_settings(const Block& block) {
  const Checked& checked = checks.at(block.value("check"));
  std::string settings = block.text;
  for (const auto& [key, value] : checked.also) {
    if (("\n" + settings).find("\n" + key + " = ") == std::string::npos) {
      settings += key + " = " + value + "\n";
    }
  }
  return type(block, "cat >~/checked <<'END'\n" + settings + "END\n" + checked.command + " ~/checked");
}

std::vector<Complaint> Visit::leave() {
  std::vector<Complaint> complaints;
  for (Started& started : started_) {
    started.process->signal(SIGTERM);
    const auto exit = started.process->wait_exit(patience);
    if (!exit || (started.is_ours && exit != ended_well)) {
      complaints.push_back({started.line, "after SIGTERM it " +
                                              (exit ? "ended with " + text_of(*exit) : std::string{"went on"}) + ":\n" +
                                              started.process->err()});
    }
  }
  started_.clear();
  return complaints;
}

}  // namespace buddyring::docs
