// A C program that loads the C++ plug-in named by its argument privately.

#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **vector) {
    void *plugin = count > 1 ? dlopen(vector[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (plugin == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 100;
    }
    int (*run)(void) = (int (*)(void))dlsym(plugin, "run_plugin");
    int result = run();
    dlclose(plugin);
    return result;
}
