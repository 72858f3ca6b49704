import { JwtService } from "@nestjs/jwt";
import {
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from "@nestjs/websockets";
import type { Server, Socket } from "socket.io";

import { SessionsService } from "./sessions.service";

interface Claims {
  id: string;
}

interface NewMessage {
  message?: string;
}

@WebSocketGateway({ cors: true })
export class ChatGateway implements OnGatewayConnection, OnGatewayDisconnect {
  @WebSocketServer()
  private readonly server!: Server;

  constructor(
    private readonly sessions: SessionsService,
    private readonly jwt: JwtService,
  ) {}

  async handleConnection(client: Socket): Promise<void> {
    try {
      const token = client.handshake.headers.authentication as string;
      const { id } = this.jwt.verify<Claims>(token);
      await this.sessions.add(client, id);
    } catch {
      client.disconnect();
    }
    // Also after a refusal, which changed nothing: so does the original.
    this.announce();
  }

  handleDisconnect(client: Socket): void {
    this.sessions.remove(client.id);
    this.announce();
  }

  @SubscribeMessage("message-from-client")
  onMessage(client: Socket, payload: NewMessage): void {
    const fullName = this.sessions.fullNameOf(client.id);
    const message = payload.message || "no hay mensaje";
    this.server.emit("message-from-server", { fullName, message });
  }

  private announce(): void {
    this.server.emit("clients-updated", this.sessions.socketIds());
  }
}
