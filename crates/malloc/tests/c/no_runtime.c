// Calls operator new in a program without a C++ runtime, where nothing can be thrown.

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    void *(*operator_new)(size_t) = (void *(*)(size_t))dlsym(RTLD_DEFAULT, "_Znwm");
    void (*operator_delete)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "_ZdlPv");
    if (operator_new == NULL || operator_delete == NULL) {
        return 2;
    }
    operator_delete(memset(operator_new(100), 1, 100));
    operator_new(SIZE_MAX / 2 - 4096);
    return 3;
}
