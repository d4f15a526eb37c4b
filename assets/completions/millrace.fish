# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_millrace_global_optspecs
    string join \n demo lab= screenshot= exit-when-done mode= lanes= workers= recipe= fit= format= quality= memory= deadline= nice= pin trace= state= json q/quiet v/verbose h/help V/version
end

function __fish_millrace_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_millrace_global_optspecs) -- $cmd 2>/dev/null
    or argparse -s (__fish_millrace_global_optspecs) -- $cmd '' 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_millrace_using_subcommand
    set -l cmd (__fish_millrace_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c millrace -n "__fish_millrace_needs_command" -l lab -d 'Open the Lab and run one of its examples; `millrace lab list` names them' -r -f -a "print\t''
sleep\t''
squares\t''
heavy\t''
primes\t''
fetch\t''
titles\t''
download\t''
images\t''
frames\t''
queries\t''
both\t''
counter\t''
deadlock\t''
timeout\t''
crash\t''
freeze\t''"
complete -c millrace -n "__fish_millrace_needs_command" -l screenshot -d 'Save a picture of the window: when half of the batch has ended, or all of it with --exit-when-done' -r -F
complete -c millrace -n "__fish_millrace_needs_command" -l mode -d 'Where work runs: serial, threads, processes or mixed (threads fetch, processes compute)' -r -f -a "serial\t''
threads\t''
processes\t''
mixed\t''"
complete -c millrace -n "__fish_millrace_needs_command" -l lanes -d 'Lanes that download, 1 to 1024' -r -f
complete -c millrace -n "__fish_millrace_needs_command" -l workers -d 'Lanes that compute, 1 to 64' -r -f
complete -c millrace -n "__fish_millrace_needs_command" -l recipe -d 'What to do with pictures: "Web 1920", "Thumbnail 512", "WebP lossless", one that was imported, or a file' -r -F
complete -c millrace -n "__fish_millrace_needs_command" -l fit -d 'Make pictures fit this box; they are never enlarged' -r -f
complete -c millrace -n "__fish_millrace_needs_command" -l format -d 'Write this format: jpeg, png, webp, tiff, gif, bmp, or avif where this Millrace was built with it' -r -f -a "jpeg\t''
png\t''
webp\t''
tiff\t''
gif\t''
bmp\t''
avif\t''"
complete -c millrace -n "__fish_millrace_needs_command" -l quality -d '1 (smallest) to 100 (best), for JPEG, WebP and AVIF' -r -f
complete -c millrace -n "__fish_millrace_needs_command" -l memory -d 'Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free' -r -f
complete -c millrace -n "__fish_millrace_needs_command" -l deadline -d 'Seconds that one attempt may take, pauses not counted' -r -f
complete -c millrace -n "__fish_millrace_needs_command" -l nice -d 'How little of the processor worker processes claim, 0 to 19' -r -f
complete -c millrace -n "__fish_millrace_needs_command" -l trace -d 'Write what ran where to a file that Perfetto and Chrome read' -r -F
complete -c millrace -n "__fish_millrace_needs_command" -l state -d 'The folder for Millrace\'s own files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_needs_command" -l demo -d 'Run the demo batch: no network needed'
complete -c millrace -n "__fish_millrace_needs_command" -l exit-when-done -d 'Close the window once every job has ended'
complete -c millrace -n "__fish_millrace_needs_command" -l pin -d 'Tie each worker process to one core'
complete -c millrace -n "__fish_millrace_needs_command" -l json -d 'Print one JSON line for each job that ends, and nothing else'
complete -c millrace -n "__fish_millrace_needs_command" -s q -l quiet -d 'Print failures only'
complete -c millrace -n "__fish_millrace_needs_command" -s v -l verbose -d 'Print what each job took, and the details of failures'
complete -c millrace -n "__fish_millrace_needs_command" -s h -l help -d 'Print help'
complete -c millrace -n "__fish_millrace_needs_command" -s V -l version -d 'Print version'
complete -c millrace -n "__fish_millrace_needs_command" -a "get" -d 'Download links, and convert the pictures among them if a recipe is given'
complete -c millrace -n "__fish_millrace_needs_command" -a "grab" -d 'List the links of pages, or download them'
complete -c millrace -n "__fish_millrace_needs_command" -a "convert" -d 'Convert pictures; folders are walked'
complete -c millrace -n "__fish_millrace_needs_command" -a "resume" -d 'Go on with what an earlier run left unfinished'
complete -c millrace -n "__fish_millrace_needs_command" -a "history" -d 'List what was done before, newest first'
complete -c millrace -n "__fish_millrace_needs_command" -a "undo" -d 'Take back the last batch: remove what it wrote and nobody has touched since'
complete -c millrace -n "__fish_millrace_needs_command" -a "recipes" -d 'List, show, check and import recipes'
complete -c millrace -n "__fish_millrace_needs_command" -a "lab" -d 'Run an example one at a time, on threads, under an interpreter lock and in processes, and compare'
complete -c millrace -n "__fish_millrace_needs_command" -a "doctor" -d 'Tell what this machine offers, for a bug report'
complete -c millrace -n "__fish_millrace_using_subcommand get" -s i -l input -d 'A list of links, one a line, or a Metalink; `-` reads standard input' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand get" -s d -l dir -d 'The folder for the files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand get" -l sha256 -d 'The SHA-256 that the file must have. Goes with a single link' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l on-exists -d 'What becomes of a file whose name is taken: rename, skip, overwrite or resume' -r -f -a "rename\t''
skip\t''
overwrite\t''
resume\t''"
complete -c millrace -n "__fish_millrace_using_subcommand get" -l retries -d 'How often a failed attempt is tried again where that can help' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l idle-timeout -d 'Seconds without a byte after which an attempt fails' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l connect-timeout -d 'Seconds that a connection may take to come about' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l min-speed -d 'Bytes a second below which an attempt counts as stalled' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l limit -d 'The speed that all downloads together may reach, in bytes a second, such as 500K or 2M' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l per-host -d 'How many connections one host may have at the same time' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l segments -d 'How many connections fetch one file, at most; otherwise by its size' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l header -d 'A request header, as \'Name: value\'. May be given several times' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l user-agent -d 'What to send as User-Agent' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l cookies -d 'Cookies of browsers, in the file that they export' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand get" -l proxy -d 'A proxy for every request; otherwise the environment\'s' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l mode -d 'Where work runs: serial, threads, processes or mixed (threads fetch, processes compute)' -r -f -a "serial\t''
threads\t''
processes\t''
mixed\t''"
complete -c millrace -n "__fish_millrace_using_subcommand get" -l lanes -d 'Lanes that download, 1 to 1024' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l workers -d 'Lanes that compute, 1 to 64' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l recipe -d 'What to do with pictures: "Web 1920", "Thumbnail 512", "WebP lossless", one that was imported, or a file' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand get" -l fit -d 'Make pictures fit this box; they are never enlarged' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l format -d 'Write this format: jpeg, png, webp, tiff, gif, bmp, or avif where this Millrace was built with it' -r -f -a "jpeg\t''
png\t''
webp\t''
tiff\t''
gif\t''
bmp\t''
avif\t''"
complete -c millrace -n "__fish_millrace_using_subcommand get" -l quality -d '1 (smallest) to 100 (best), for JPEG, WebP and AVIF' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l memory -d 'Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l deadline -d 'Seconds that one attempt may take, pauses not counted' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l nice -d 'How little of the processor worker processes claim, 0 to 19' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand get" -l trace -d 'Write what ran where to a file that Perfetto and Chrome read' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand get" -l state -d 'The folder for Millrace\'s own files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand get" -l pin -d 'Tie each worker process to one core'
complete -c millrace -n "__fish_millrace_using_subcommand get" -l json -d 'Print one JSON line for each job that ends, and nothing else'
complete -c millrace -n "__fish_millrace_using_subcommand get" -s q -l quiet -d 'Print failures only'
complete -c millrace -n "__fish_millrace_using_subcommand get" -s v -l verbose -d 'Print what each job took, and the details of failures'
complete -c millrace -n "__fish_millrace_using_subcommand get" -s h -l help -d 'Print help'
complete -c millrace -n "__fish_millrace_using_subcommand grab" -s i -l input -d 'A list of pages, one a line; `-` reads standard input' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l match -d 'Only links like this, such as \'*.jpg\'. May be given several times: one is enough' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l regex -d 'Only links in which this is found. May be given several times: one is enough' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -s d -l dir -d 'The folder for the files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l on-exists -d 'What becomes of a file whose name is taken: rename, skip, overwrite or resume' -r -f -a "rename\t''
skip\t''
overwrite\t''
resume\t''"
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l retries -d 'How often a failed attempt is tried again where that can help' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l idle-timeout -d 'Seconds without a byte after which an attempt fails' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l connect-timeout -d 'Seconds that a connection may take to come about' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l min-speed -d 'Bytes a second below which an attempt counts as stalled' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l limit -d 'The speed that all downloads together may reach, in bytes a second, such as 500K or 2M' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l per-host -d 'How many connections one host may have at the same time' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l segments -d 'How many connections fetch one file, at most; otherwise by its size' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l header -d 'A request header, as \'Name: value\'. May be given several times' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l user-agent -d 'What to send as User-Agent' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l cookies -d 'Cookies of browsers, in the file that they export' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l proxy -d 'A proxy for every request; otherwise the environment\'s' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l mode -d 'Where work runs: serial, threads, processes or mixed (threads fetch, processes compute)' -r -f -a "serial\t''
threads\t''
processes\t''
mixed\t''"
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l lanes -d 'Lanes that download, 1 to 1024' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l workers -d 'Lanes that compute, 1 to 64' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l recipe -d 'What to do with pictures: "Web 1920", "Thumbnail 512", "WebP lossless", one that was imported, or a file' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l fit -d 'Make pictures fit this box; they are never enlarged' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l format -d 'Write this format: jpeg, png, webp, tiff, gif, bmp, or avif where this Millrace was built with it' -r -f -a "jpeg\t''
png\t''
webp\t''
tiff\t''
gif\t''
bmp\t''
avif\t''"
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l quality -d '1 (smallest) to 100 (best), for JPEG, WebP and AVIF' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l memory -d 'Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l deadline -d 'Seconds that one attempt may take, pauses not counted' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l nice -d 'How little of the processor worker processes claim, 0 to 19' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l trace -d 'Write what ran where to a file that Perfetto and Chrome read' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l state -d 'The folder for Millrace\'s own files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l get -d 'Download what was found'
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l pin -d 'Tie each worker process to one core'
complete -c millrace -n "__fish_millrace_using_subcommand grab" -l json -d 'Print one JSON line for each job that ends, and nothing else'
complete -c millrace -n "__fish_millrace_using_subcommand grab" -s q -l quiet -d 'Print failures only'
complete -c millrace -n "__fish_millrace_using_subcommand grab" -s v -l verbose -d 'Print what each job took, and the details of failures'
complete -c millrace -n "__fish_millrace_using_subcommand grab" -s h -l help -d 'Print help'
complete -c millrace -n "__fish_millrace_using_subcommand convert" -s o -l output -d 'The folder for the results' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l metadata -d 'What is kept of the metadata: all, essential (resolution, author, copyright) or none; otherwise as the recipe says, which usually is essential' -r -f -a "all\t''
essential\t''
none\t''"
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l color -d 'srgb converts colours to sRGB, keep leaves them with their profile' -r -f -a "srgb\t''
keep\t''"
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l chroma -d 'How finely JPEG keeps colour: 444, 422 or 420' -r -f -a "444\t''
422\t''
420\t''"
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l png -d 'How hard PNG is packed: fast, small or optimised' -r -f -a "fast\t''
small\t''
optimised\t''"
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l name -d 'What the results are called, without the extension: text with {name}, {index} or {index:03}, {width}, {height}, {date} (of the input, in UTC), {format}, {ext} and {recipe}. A / makes folders, {{ is a brace' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l on-exists -d 'What becomes of a result whose name is taken: rename, skip, overwrite or newer, which overwrites what is older than the input and skips the rest. An input is never overwritten' -r -f -a "rename\t''
skip\t''
overwrite\t''
newer\t''"
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l mode -d 'Where work runs: serial, threads, processes or mixed (threads fetch, processes compute)' -r -f -a "serial\t''
threads\t''
processes\t''
mixed\t''"
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l lanes -d 'Lanes that download, 1 to 1024' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l workers -d 'Lanes that compute, 1 to 64' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l recipe -d 'What to do with pictures: "Web 1920", "Thumbnail 512", "WebP lossless", one that was imported, or a file' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l fit -d 'Make pictures fit this box; they are never enlarged' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l format -d 'Write this format: jpeg, png, webp, tiff, gif, bmp, or avif where this Millrace was built with it' -r -f -a "jpeg\t''
png\t''
webp\t''
tiff\t''
gif\t''
bmp\t''
avif\t''"
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l quality -d '1 (smallest) to 100 (best), for JPEG, WebP and AVIF' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l memory -d 'Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l deadline -d 'Seconds that one attempt may take, pauses not counted' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l nice -d 'How little of the processor worker processes claim, 0 to 19' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l trace -d 'Write what ran where to a file that Perfetto and Chrome read' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l state -d 'The folder for Millrace\'s own files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l strip-gps -d 'Remove the place where a picture was taken, whatever else is kept'
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l linear -d 'Resize in linear light: slower, and fine bright detail stays as bright as it was'
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l lossless -d 'Exactly the pixels. Goes with WebP and the formats that are lossless anyway; JPEG becomes WebP unless --format says otherwise'
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l keep-times -d 'Give each result the times of its input'
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l extract-frames -d 'Write each frame of an animation to a file of its own'
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l dry-run -d 'Only print what would be written and what is there already. Writes nothing. Where the names need the size of the results, or several inputs want the same name, the pictures are converted and thrown away'
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l pin -d 'Tie each worker process to one core'
complete -c millrace -n "__fish_millrace_using_subcommand convert" -l json -d 'Print one JSON line for each job that ends, and nothing else'
complete -c millrace -n "__fish_millrace_using_subcommand convert" -s q -l quiet -d 'Print failures only'
complete -c millrace -n "__fish_millrace_using_subcommand convert" -s v -l verbose -d 'Print what each job took, and the details of failures'
complete -c millrace -n "__fish_millrace_using_subcommand convert" -s h -l help -d 'Print help'
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l mode -d 'Where work runs: serial, threads, processes or mixed (threads fetch, processes compute)' -r -f -a "serial\t''
threads\t''
processes\t''
mixed\t''"
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l lanes -d 'Lanes that download, 1 to 1024' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l workers -d 'Lanes that compute, 1 to 64' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l recipe -d 'What to do with pictures: "Web 1920", "Thumbnail 512", "WebP lossless", one that was imported, or a file' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l fit -d 'Make pictures fit this box; they are never enlarged' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l format -d 'Write this format: jpeg, png, webp, tiff, gif, bmp, or avif where this Millrace was built with it' -r -f -a "jpeg\t''
png\t''
webp\t''
tiff\t''
gif\t''
bmp\t''
avif\t''"
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l quality -d '1 (smallest) to 100 (best), for JPEG, WebP and AVIF' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l memory -d 'Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l deadline -d 'Seconds that one attempt may take, pauses not counted' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l nice -d 'How little of the processor worker processes claim, 0 to 19' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l trace -d 'Write what ran where to a file that Perfetto and Chrome read' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l state -d 'The folder for Millrace\'s own files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l pin -d 'Tie each worker process to one core'
complete -c millrace -n "__fish_millrace_using_subcommand resume" -l json -d 'Print one JSON line for each job that ends, and nothing else'
complete -c millrace -n "__fish_millrace_using_subcommand resume" -s q -l quiet -d 'Print failures only'
complete -c millrace -n "__fish_millrace_using_subcommand resume" -s v -l verbose -d 'Print what each job took, and the details of failures'
complete -c millrace -n "__fish_millrace_using_subcommand resume" -s h -l help -d 'Print help'
complete -c millrace -n "__fish_millrace_using_subcommand history" -l most -d 'How many at most' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand history" -l mode -d 'Where work runs: serial, threads, processes or mixed (threads fetch, processes compute)' -r -f -a "serial\t''
threads\t''
processes\t''
mixed\t''"
complete -c millrace -n "__fish_millrace_using_subcommand history" -l lanes -d 'Lanes that download, 1 to 1024' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand history" -l workers -d 'Lanes that compute, 1 to 64' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand history" -l recipe -d 'What to do with pictures: "Web 1920", "Thumbnail 512", "WebP lossless", one that was imported, or a file' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand history" -l fit -d 'Make pictures fit this box; they are never enlarged' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand history" -l format -d 'Write this format: jpeg, png, webp, tiff, gif, bmp, or avif where this Millrace was built with it' -r -f -a "jpeg\t''
png\t''
webp\t''
tiff\t''
gif\t''
bmp\t''
avif\t''"
complete -c millrace -n "__fish_millrace_using_subcommand history" -l quality -d '1 (smallest) to 100 (best), for JPEG, WebP and AVIF' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand history" -l memory -d 'Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand history" -l deadline -d 'Seconds that one attempt may take, pauses not counted' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand history" -l nice -d 'How little of the processor worker processes claim, 0 to 19' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand history" -l trace -d 'Write what ran where to a file that Perfetto and Chrome read' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand history" -l state -d 'The folder for Millrace\'s own files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand history" -l pin -d 'Tie each worker process to one core'
complete -c millrace -n "__fish_millrace_using_subcommand history" -l json -d 'Print one JSON line for each job that ends, and nothing else'
complete -c millrace -n "__fish_millrace_using_subcommand history" -s q -l quiet -d 'Print failures only'
complete -c millrace -n "__fish_millrace_using_subcommand history" -s v -l verbose -d 'Print what each job took, and the details of failures'
complete -c millrace -n "__fish_millrace_using_subcommand history" -s h -l help -d 'Print help'
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l mode -d 'Where work runs: serial, threads, processes or mixed (threads fetch, processes compute)' -r -f -a "serial\t''
threads\t''
processes\t''
mixed\t''"
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l lanes -d 'Lanes that download, 1 to 1024' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l workers -d 'Lanes that compute, 1 to 64' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l recipe -d 'What to do with pictures: "Web 1920", "Thumbnail 512", "WebP lossless", one that was imported, or a file' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l fit -d 'Make pictures fit this box; they are never enlarged' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l format -d 'Write this format: jpeg, png, webp, tiff, gif, bmp, or avif where this Millrace was built with it' -r -f -a "jpeg\t''
png\t''
webp\t''
tiff\t''
gif\t''
bmp\t''
avif\t''"
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l quality -d '1 (smallest) to 100 (best), for JPEG, WebP and AVIF' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l memory -d 'Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l deadline -d 'Seconds that one attempt may take, pauses not counted' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l nice -d 'How little of the processor worker processes claim, 0 to 19' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l trace -d 'Write what ran where to a file that Perfetto and Chrome read' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l state -d 'The folder for Millrace\'s own files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l pin -d 'Tie each worker process to one core'
complete -c millrace -n "__fish_millrace_using_subcommand undo" -l json -d 'Print one JSON line for each job that ends, and nothing else'
complete -c millrace -n "__fish_millrace_using_subcommand undo" -s q -l quiet -d 'Print failures only'
complete -c millrace -n "__fish_millrace_using_subcommand undo" -s v -l verbose -d 'Print what each job took, and the details of failures'
complete -c millrace -n "__fish_millrace_using_subcommand undo" -s h -l help -d 'Print help'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and not __fish_seen_subcommand_from list show check import" -s h -l help -d 'Print help'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and not __fish_seen_subcommand_from list show check import" -f -a "list" -d 'List the recipes that are built in and those that were imported'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and not __fish_seen_subcommand_from list show check import" -f -a "show" -d 'Print a recipe as a file that can be changed, checked and imported'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and not __fish_seen_subcommand_from list show check import" -f -a "check" -d 'Say whether a file is a good recipe, and if not, where and why'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and not __fish_seen_subcommand_from list show check import" -f -a "import" -d 'Keep the recipe of a file, so that it is found by its name'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l mode -d 'Where work runs: serial, threads, processes or mixed (threads fetch, processes compute)' -r -f -a "serial\t''
threads\t''
processes\t''
mixed\t''"
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l lanes -d 'Lanes that download, 1 to 1024' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l workers -d 'Lanes that compute, 1 to 64' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l recipe -d 'What to do with pictures: "Web 1920", "Thumbnail 512", "WebP lossless", one that was imported, or a file' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l fit -d 'Make pictures fit this box; they are never enlarged' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l format -d 'Write this format: jpeg, png, webp, tiff, gif, bmp, or avif where this Millrace was built with it' -r -f -a "jpeg\t''
png\t''
webp\t''
tiff\t''
gif\t''
bmp\t''
avif\t''"
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l quality -d '1 (smallest) to 100 (best), for JPEG, WebP and AVIF' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l memory -d 'Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l deadline -d 'Seconds that one attempt may take, pauses not counted' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l nice -d 'How little of the processor worker processes claim, 0 to 19' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l trace -d 'Write what ran where to a file that Perfetto and Chrome read' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l state -d 'The folder for Millrace\'s own files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l pin -d 'Tie each worker process to one core'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON line for each job that ends, and nothing else'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print failures only'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print what each job took, and the details of failures'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l mode -d 'Where work runs: serial, threads, processes or mixed (threads fetch, processes compute)' -r -f -a "serial\t''
threads\t''
processes\t''
mixed\t''"
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l lanes -d 'Lanes that download, 1 to 1024' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l workers -d 'Lanes that compute, 1 to 64' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l recipe -d 'What to do with pictures: "Web 1920", "Thumbnail 512", "WebP lossless", one that was imported, or a file' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l fit -d 'Make pictures fit this box; they are never enlarged' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l format -d 'Write this format: jpeg, png, webp, tiff, gif, bmp, or avif where this Millrace was built with it' -r -f -a "jpeg\t''
png\t''
webp\t''
tiff\t''
gif\t''
bmp\t''
avif\t''"
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l quality -d '1 (smallest) to 100 (best), for JPEG, WebP and AVIF' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l memory -d 'Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l deadline -d 'Seconds that one attempt may take, pauses not counted' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l nice -d 'How little of the processor worker processes claim, 0 to 19' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l trace -d 'Write what ran where to a file that Perfetto and Chrome read' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l state -d 'The folder for Millrace\'s own files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l pin -d 'Tie each worker process to one core'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON line for each job that ends, and nothing else'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print failures only'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print what each job took, and the details of failures'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l mode -d 'Where work runs: serial, threads, processes or mixed (threads fetch, processes compute)' -r -f -a "serial\t''
threads\t''
processes\t''
mixed\t''"
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l lanes -d 'Lanes that download, 1 to 1024' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l workers -d 'Lanes that compute, 1 to 64' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l recipe -d 'What to do with pictures: "Web 1920", "Thumbnail 512", "WebP lossless", one that was imported, or a file' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l fit -d 'Make pictures fit this box; they are never enlarged' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l format -d 'Write this format: jpeg, png, webp, tiff, gif, bmp, or avif where this Millrace was built with it' -r -f -a "jpeg\t''
png\t''
webp\t''
tiff\t''
gif\t''
bmp\t''
avif\t''"
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l quality -d '1 (smallest) to 100 (best), for JPEG, WebP and AVIF' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l memory -d 'Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l deadline -d 'Seconds that one attempt may take, pauses not counted' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l nice -d 'How little of the processor worker processes claim, 0 to 19' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l trace -d 'Write what ran where to a file that Perfetto and Chrome read' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l state -d 'The folder for Millrace\'s own files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l pin -d 'Tie each worker process to one core'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -l json -d 'Print one JSON line for each job that ends, and nothing else'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print failures only'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Print what each job took, and the details of failures'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l mode -d 'Where work runs: serial, threads, processes or mixed (threads fetch, processes compute)' -r -f -a "serial\t''
threads\t''
processes\t''
mixed\t''"
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l lanes -d 'Lanes that download, 1 to 1024' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l workers -d 'Lanes that compute, 1 to 64' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l recipe -d 'What to do with pictures: "Web 1920", "Thumbnail 512", "WebP lossless", one that was imported, or a file' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l fit -d 'Make pictures fit this box; they are never enlarged' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l format -d 'Write this format: jpeg, png, webp, tiff, gif, bmp, or avif where this Millrace was built with it' -r -f -a "jpeg\t''
png\t''
webp\t''
tiff\t''
gif\t''
bmp\t''
avif\t''"
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l quality -d '1 (smallest) to 100 (best), for JPEG, WebP and AVIF' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l memory -d 'Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l deadline -d 'Seconds that one attempt may take, pauses not counted' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l nice -d 'How little of the processor worker processes claim, 0 to 19' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l trace -d 'Write what ran where to a file that Perfetto and Chrome read' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l state -d 'The folder for Millrace\'s own files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l pin -d 'Tie each worker process to one core'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -l json -d 'Print one JSON line for each job that ends, and nothing else'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print failures only'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Print what each job took, and the details of failures'
complete -c millrace -n "__fish_millrace_using_subcommand recipes; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l modes -d 'In which modes: all, or some of serial, threads, gil, processes' -r -f -a "all\t''
serial\t''
threads\t''
gil\t''
processes\t''"
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l workers -d 'With how many lanes, one number or several: 1,2,4' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l runs -d 'How often each' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l seconds -d 'How long each task waits (sleep), or computes (heavy, freeze)' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l timeout -d 'How long something is waited for (deadlock, timeout, crash)' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l tasks -d 'How many tasks' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l numbers -d 'The numbers to work on (squares, primes)' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l chunk -d 'How many numbers are one task (squares, primes)' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l urls -d 'Your own addresses instead of the embedded server\'s (fetch, titles, download)' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l latency -d 'How long the embedded server takes to answer' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l lines -d 'The lines of each loop (print)' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l times -d 'How often each task adds one (counter)' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l csv -d 'Write the runs as a table' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l trace -d 'Write what ran where to a file that Perfetto and Chrome read' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l memory -d 'Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l state -d 'Accepted as everywhere; the Lab keeps nothing there' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l compare-python -d 'Run the same in Python, where there is one'
complete -c millrace -n "__fish_millrace_using_subcommand lab" -l json -d 'Print one JSON line for each run and one for the comparison, and nothing else'
complete -c millrace -n "__fish_millrace_using_subcommand lab" -s q -l quiet -d 'Print the comparison without its lanes'
complete -c millrace -n "__fish_millrace_using_subcommand lab" -s v -l verbose -d 'Print each run as it ends'
complete -c millrace -n "__fish_millrace_using_subcommand lab" -s h -l help -d 'Print help'
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l mode -d 'Where work runs: serial, threads, processes or mixed (threads fetch, processes compute)' -r -f -a "serial\t''
threads\t''
processes\t''
mixed\t''"
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l lanes -d 'Lanes that download, 1 to 1024' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l workers -d 'Lanes that compute, 1 to 64' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l recipe -d 'What to do with pictures: "Web 1920", "Thumbnail 512", "WebP lossless", one that was imported, or a file' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l fit -d 'Make pictures fit this box; they are never enlarged' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l format -d 'Write this format: jpeg, png, webp, tiff, gif, bmp, or avif where this Millrace was built with it' -r -f -a "jpeg\t''
png\t''
webp\t''
tiff\t''
gif\t''
bmp\t''
avif\t''"
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l quality -d '1 (smallest) to 100 (best), for JPEG, WebP and AVIF' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l memory -d 'Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l deadline -d 'Seconds that one attempt may take, pauses not counted' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l nice -d 'How little of the processor worker processes claim, 0 to 19' -r -f
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l trace -d 'Write what ran where to a file that Perfetto and Chrome read' -r -F
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l state -d 'The folder for Millrace\'s own files' -r -f -a "(__fish_complete_directories)"
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l pin -d 'Tie each worker process to one core'
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -l json -d 'Print one JSON line for each job that ends, and nothing else'
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -s q -l quiet -d 'Print failures only'
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -s v -l verbose -d 'Print what each job took, and the details of failures'
complete -c millrace -n "__fish_millrace_using_subcommand doctor" -s h -l help -d 'Print help'
