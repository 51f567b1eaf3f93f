// A C++ plug-in of a C program that has loaded no C++ runtime.

#include <new>
#include <string>
#include <cstdint>

static volatile std::size_t impossible = PTRDIFF_MAX - 4096;

static int calls;

static void handler() {
    if (++calls == 3) {
        std::set_new_handler(nullptr);
    }
}

// Returns 0 if everything went as in a C++ program.
extern "C" int run_plugin() {
    std::string text(1000, 'x');
    std::set_new_handler(handler);
    try {
        ::operator new(impossible);
        return 1;
    } catch (const std::bad_alloc &) {
    }
    if (calls != 3) {
        return 2;
    }
    calls = 0;
    std::set_new_handler(handler);
    if (::operator new(impossible, std::nothrow) != nullptr) {
        return 3;
    }
    return calls == 3 && text.size() == 1000 ? 0 : 4;
}
