// C++ thread_local objects whose destructors allocate and free.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "rule.h"

static std::atomic<int> destroyed;

struct Logger {
    std::vector<std::string> lines;

    ~Logger() {
        for (int i = 0; i < 200; i++) {
            lines.push_back(std::string(static_cast<size_t>(i), 'x'));
        }
        lines.clear();
        lines.shrink_to_fit();
        delete[] new char[100000];
        destroyed++;
    }
};

static thread_local Logger first;
static thread_local std::vector<std::string> names;
static thread_local Logger last;

RULE(destructors_of_thread_local_objects_allocate_and_free) {
    for (int i = 0; i < 300; i++) {
        std::thread thread([] {
            last.lines.push_back("a line that is too long for the small-string buffer");
            names.push_back("another line that is too long for the small-string buffer");
            first.lines.push_back("short");
        });
        thread.join();
    }
    CHECK(destroyed == 600);
}

RULE(threads_with_objects_leave_nothing_behind) {
    size_t memory = 0;
    for (int i = 0; i < 5000; i++) {
        std::thread([] { first.lines.push_back("x"); }).join();
        if (i == 500) {
            memory = resident();
        }
    }
    CHECK_AT(resident() <= memory + 2 * MIB, resident() - memory);
}

// An object of the main thread outlives main.
RULE(objects_of_the_main_thread_are_destroyed_at_exit) {
    names.push_back(std::string(5000, 'y'));
    first.lines.push_back(std::string(5000, 'z'));
}
